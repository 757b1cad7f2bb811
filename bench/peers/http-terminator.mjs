// http-terminator: `terminate()` in place of `server.close()`. Its README leaves the signal to the user.
import { createServer } from 'node:http';
import { createHttpTerminator } from 'http-terminator';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const server = createServer(handle);
server.keepAliveTimeout = KEEP_ALIVE_MS;
const terminator = createHttpTerminator({ server });
server.listen(PORT);

process.on('SIGTERM', () => {
  void terminator.terminate().then(() => process.exit(0));
});
