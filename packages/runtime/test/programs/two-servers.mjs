import http from 'node:http';
import { protect } from '@spotproof/runtime';

const [first, second] = [http.createServer(), http.createServer()];
protect(first, { stopTimeoutSeconds: 9 });
protect(second);
try {
  protect(http.createServer(), { stopTimeoutSeconds: 10 });
} catch (error) {
  console.log('refused', error.code, error.message);
}
second.listen(0, '127.0.0.1', () => {
  console.log('second', second.address().port);
  first.listen(0, '127.0.0.1', () => console.log('listening', first.address().port));
});
