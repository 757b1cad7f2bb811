// @godaddy/terminus: a health check and the default timeout of its README, 1000 ms.
import { createServer } from 'node:http';
import { createTerminus } from '@godaddy/terminus';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const server = createServer(handle);
server.keepAliveTimeout = KEEP_ALIVE_MS;
createTerminus(server, { healthChecks: { '/healthcheck': async () => {} }, timeout: 1000 });
server.listen(PORT);
