import { createServer } from 'node:http';
import { protect } from '@spotproof/runtime';
import { protectSocketIo } from '@spotproof/runtime/socket.io';
import { Server } from 'socket.io';

const server = createServer((request, response) => response.end('hello\n'));
const io = new Server(server);
io.on('connection', (socket) => {
  socket.on('ask', (question, answer) => answer(`echo ${question}`));
});

const life = protect(server);
protectSocketIo(io, life);

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
