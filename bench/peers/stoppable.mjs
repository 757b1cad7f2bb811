// stoppable: no grace given, so it waits without a limit. Its README leaves the signal to the user.
import { createServer } from 'node:http';
import stoppable from 'stoppable';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const server = stoppable(createServer(handle));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(PORT);

process.on('SIGTERM', () => server.stop(() => process.exit(0)));
