import http2 from 'node:http2';
import { protect } from '@spotproof/runtime';

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  stream.on('error', (error) => console.error(error.message));
  stream.respond({ ':status': 200 });
  stream.end(`you asked for ${headers[':path']}\n`);
});

protect(server);
server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
