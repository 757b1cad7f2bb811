import http from 'node:http';
import { protect } from '@spotproof/runtime';

const server = http.createServer((request, response) => response.end('ok'));
const protection = protect(server, { exit: false });
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
const report = await protection.report;
console.log('drained with', report.exitCode);
setInterval(() => console.log('still here'), 50);
