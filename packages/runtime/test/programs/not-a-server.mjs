import net from 'node:net';
import { protect } from '@spotproof/runtime';

for (const wrong of [net.createServer(), undefined, { listen() {} }]) {
  try {
    protect(wrong);
  } catch (error) {
    console.log(error.message);
  }
}
