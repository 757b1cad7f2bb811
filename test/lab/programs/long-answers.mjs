// Answers at once, but for /long, which takes longer than a drain can wait.
import { createServer } from 'node:http';

createServer((request, response) => {
  if (request.url === '/long') setTimeout(() => response.end('done'), Number(process.env.ANSWER_MS));
  else response.end('ok');
}).listen(Number(process.env.PORT));
