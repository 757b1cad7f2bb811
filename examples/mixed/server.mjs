import { createServer } from 'node:http';
import { handle } from './handler.mjs';

const server = createServer(handle);

// Longer than the 60 s idle timeout of an Application Load Balancer, as AWS advises.
server.keepAliveTimeout = 65_000;

server.listen(Number(process.env.PORT ?? 3000));

// What most how-to articles show. It closes the listener at once, while the load balancer is still sending new requests here.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
