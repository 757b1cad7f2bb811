// Hears SIGTERM and does nothing about it: it serves on until SIGKILL.
import { createServer } from 'node:http';

createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT));
process.on('SIGTERM', () => {});
