// HTTP/2 with the SIGTERM handler of most articles.
import http2 from 'node:http2';

const server = http2.createServer();
server.on('stream', (stream) => {
  stream.on('error', () => {});
  stream.respond({ ':status': 200 });
  setTimeout(() => stream.end('done\n'), 400);
});
process.on('SIGTERM', () => {
  server.close();
  setTimeout(() => process.exit(0), 100);
});
server.listen(Number(process.env.PORT));
