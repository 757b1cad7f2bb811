import net from 'node:net';
import { protect } from '@spotproof/runtime';

// A protocol of lines: each is answered, "quit" hangs up.
const server = net.createServer((socket) => {
  socket.on('error', (error) => console.error(error.message));
  socket.on('data', (data) => {
    const line = String(data).trim();
    if (line === 'quit') socket.end('221 bye\n');
    else socket.write(`250 ${line}\n`);
  });
});

protect(server, { goodbye: (socket) => socket.end('421 come back to another one\n') });
server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
