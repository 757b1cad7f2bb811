// A worker without a server, or with one (SERVER=yes). MODE picks what its consumer can do about its end.
import { getEventListeners } from 'node:events';
import http from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import { createLifecycle } from '@spotproof/runtime';

const say = (...words) => console.log(...words);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const never = () => new Promise(() => {});
const life = createLifecycle();

let running = ['job 1', 'job 2'];
const consumers = {
  drains: { stop: () => say('stop'), drained: () => pause(400), handBack: () => say('hand back') },
  'hands back': {
    stop: ({ remainingMs }) => say('stop', remainingMs() > 1_000),
    drained: never,
    async handBack({ signal, deadline }) {
      say('hand back', signal.aborted, deadline > Date.now());
      await pause(20);
      running = [];
    },
    running: () => running,
  },
  'hands back some': { stop() {}, drained: never, handBack: () => ((running = ['job 2']), ['job 1']), running: () => running },
  'says nothing': { stop() {}, drained: never },
  'cannot stop': {
    stop: () => Promise.reject(new Error('no connection')),
    handBack: () => say('hand back'),
  },
  'cannot hand back': { stop() {}, drained: never, handBack: () => Promise.reject(new Error('no permission')), running: () => running },
};
const mode = process.env.MODE ?? 'drains';
const consumer = life.consumer('orders', consumers[mode]);
if (process.env.TAKEN_AWAY === 'yes') consumer[Symbol.dispose]();

life.draining.addEventListener('abort', () => say('draining'));
life.stop.addEventListener('abort', () => say('stop signal'));
life.hook('database', () => say('hook'));
life.events.on('phase', ({ phase }) => {
  if (process.env.BAD_LISTENER === 'yes') throw new Error('listener failed');
  say('event', phase);
});
life.events.on('lost', ({ name }) => say('event lost', name));
life.events.on('report', ({ outcome }) => say('event report', outcome));
subscribe('spotproof:drain:lost', ({ name }) => say('channel lost', name));

if (process.env.SERVER === 'yes') {
  const server = life.http(
    http.createServer((request, response) => {
      if (request.url === '/listeners') {
        return response.end(`listeners ${getEventListeners(life.draining, 'abort').length} ${getEventListeners(life.stop, 'abort').length}`);
      }
      if (request.url === '/quick') {
        const { draining, stop } = life.context(request);
        return request.resume().on('end', () => response.end(draining.aborted || stop.aborted ? 'aborted' : 'quick'));
      }
      if (request.url === '/held') {
        life.context(request).draining.addEventListener('abort', () => response.end('held'));
        life.context(request).stop.throwIfAborted();
        return say('held');
      }
      const { draining, stop, deadline, remainingMs } = life.context(request);
      say('context', deadline, remainingMs(), draining.aborted, life.context(request) === life.context(request), stop === life.context(request).stop);
      stop.addEventListener('abort', () => {
        say('request stop', stop.reason.code, remainingMs() > 0);
        response.end('stopped');
      });
      draining.addEventListener('abort', () => say('request draining', draining.reason.code, life.context(request).deadline > Date.now()));
    }),
  );
  server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
} else {
  setInterval(() => {}, 1_000);
  say('listening 0');
}
