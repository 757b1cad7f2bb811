// An HTTP server for the tests. STOP says what it does on SIGTERM: nothing of its own, `ignore` it, or `drain` for as many milliseconds.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  if (request.url?.startsWith('/never')) return;
  if (request.url === '/die') process.exit(9);
  setTimeout(() => response.end(`pid ${process.pid}\n`), request.url === '/slow' ? 700 : 0);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`listening ${server.address().port}`));

const stop = process.env.STOP;
if (stop !== undefined) {
  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => console.log(`got ${signal}`));
  if (stop !== 'ignore') for (const signal of ['SIGTERM', 'SIGQUIT']) process.once(signal, () => setTimeout(() => process.exit(0), Number(stop)));
}
