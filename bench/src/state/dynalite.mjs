// DynamoDB as far as dynalite knows it, in a process of its own; tells its port.
import { createServer } from 'node:http';
import dynalite from 'dynalite';

const database = dynalite({ createTableMs: 0 });
const server = createServer((request, response) => database.emit('request', request, response));
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit());
