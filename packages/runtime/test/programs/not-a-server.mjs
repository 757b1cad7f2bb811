import http2 from 'node:http2';
import net from 'node:net';
import { protect } from '@spotproof/runtime';

for (const wrong of [net.createServer(), undefined, http2.createServer()]) {
  try {
    protect(wrong);
  } catch (error) {
    console.log(error.message);
  }
}
