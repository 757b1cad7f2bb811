import dgram from 'node:dgram';
import { protect } from '@spotproof/runtime';

for (const wrong of [dgram.createSocket('udp4'), undefined, { listen() {} }]) {
  try {
    protect(wrong);
  } catch (error) {
    console.log(error.message);
  }
}
