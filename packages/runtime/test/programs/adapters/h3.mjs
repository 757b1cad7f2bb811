// An h3 app. Environment: SHUTDOWN=on leaves the shutdown of srvx on; PROTECT=no leaves the server alone (for auto).
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as wait } from 'node:timers/promises';
import { H3, serve } from 'h3';
import { protect } from '@spotproof/runtime';

const app = new H3();
app.get('/new', () => 'new');
app.get('/slow', async () => {
  await wait(2_800);
  return 'slow';
});
app.get('/background', (event) => {
  event.waitUntil(wait(600).then(() => console.log('background done')));
  return 'started';
});

const server = serve(app, { port: 0, hostname: '127.0.0.1', ...(process.env.SHUTDOWN === 'on' ? {} : { gracefulShutdown: false }) });
if (process.env.PROTECT !== 'no') {
  const life = protect(server.node.server);
  life.hook('database', () => console.log('database closed'));
  life.hook('background work', () => server.close());
}
subscribe('spotproof:drain:phase', ({ phase }) => console.log('phase', phase));
await server.ready();
console.log(`listening ${server.node.server.address().port}`);
