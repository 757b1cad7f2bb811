// 17 octets on PORT: the application of the cost benches. With VARIANT=protect it is the same server under protect().
import { createServer } from 'node:http';

const body = 'seventeen octets\n';
const server = createServer((_request, response) => {
  response.setHeader('content-length', body.length);
  response.end(body);
});
server.keepAliveTimeout = 65_000;

if (process.env.VARIANT === 'protect') {
  const { protect } = await import('@spotproof/runtime');
  protect(server);
}

server.listen(Number(process.env.PORT), '127.0.0.1');
