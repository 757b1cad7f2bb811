// No signal handler at all.
import { createServer } from 'node:http';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const server = createServer(handle);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(PORT);
