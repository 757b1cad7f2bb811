import http from 'node:http';

const server = http.createServer((request, response) => response.end('ok'));
process.on('SIGTERM', () => console.log('old handler'));
server.listen(0, '127.0.0.1', () => {
  process.on('SIGTERM', () => console.log('handler'));
  setTimeout(() => {
    if (process.env.EVERYTHING === 'yes') process.removeAllListeners();
    else process.removeAllListeners('SIGTERM');
    console.log('listening', server.address().port);
  }, 50);
});
