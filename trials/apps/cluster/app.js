// Two workers under node:cluster. ECS signals the first process alone, which is not the one that serves.
import cluster from 'node:cluster';
import { createServer } from 'node:http';

if (cluster.isPrimary) {
  for (let worker = 0; worker < 2; worker++) cluster.fork();
} else {
  createServer((_request, response) => {
    setTimeout(() => response.end('Hello'), 30 + Math.random() * 300);
  }).listen(process.env.PORT ?? 3000);
}
