// http-graceful-shutdown: one call, all defaults.
import { createServer } from 'node:http';
import gracefulShutdown from 'http-graceful-shutdown';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const server = createServer(handle);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(PORT);
gracefulShutdown(server);
