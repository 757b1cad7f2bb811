// A server that is a millisecond away: passes bytes on to the socket file that it is given, and the answers back a millisecond later. Tells its port.
import { connect, createServer } from 'node:net';

const server = createServer((near) => {
  const far = connect(process.argv[2] ?? '');
  near.setNoDelay(true);
  near.pipe(far);
  far.on('data', (chunk) => setTimeout(() => near.write(chunk), 1));
  for (const [one, other] of [
    [near, far],
    [far, near],
  ]) {
    one.on('error', () => {});
    one.on('close', () => other.destroy());
  }
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit());
