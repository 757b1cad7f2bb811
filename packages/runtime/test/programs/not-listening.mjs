import http from 'node:http';
import { protect } from '@spotproof/runtime';

protect(http.createServer());
setInterval(() => {}, 1000);
console.log('ready');
