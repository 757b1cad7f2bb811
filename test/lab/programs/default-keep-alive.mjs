// Node's default keep-alive timeout of 5 s, shorter than the balancer's idle timeout, made one second to shorten the test.
import { createServer } from 'node:http';

const server = createServer((_request, response) => response.end('ok'));
server.keepAliveTimeout = 1_000;
server.listen(Number(process.env.PORT));
process.on('SIGTERM', () => process.exit(0));
