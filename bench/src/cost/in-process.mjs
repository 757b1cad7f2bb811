// What each wrapper costs per request: batches of all variants interleaved, so that a noisy moment hits all of them. Prints the nanoseconds per
// request of every batch as JSON. Plain JavaScript, so that any Node can run it: `node in-process.mjs <batches> <requests per batch>`.
import { createRequire } from 'node:module';
import { protect } from '@spotproof/runtime';
import { stubServer } from './stub-server.mjs';

const [batches, requestsPerBatch] = process.argv.slice(2).map(Number);
const require = createRequire(import.meta.url);
/** Before the first sample, so that all variants are compiled. */
const WARM_UP_BATCHES = 40;

const variants = [
  ['plain', () => {}],
  ['plain again (resolution)', () => {}],
  ['protect()', (server) => protect(server)],
  ['protect(), health paths off', (server) => protect(server, { readinessPath: false, livenessPath: false })],
  ['protect(), each handler asks for its context', (server) => protect(server), (request, life) => life.context(request)],
  ['protect(), each handler takes a signal from it', (server) => protect(server), (request, life) => life.context(request).stop],
  ['http-graceful-shutdown', (server) => require('http-graceful-shutdown')(server)],
  ['stoppable', (server) => require('stoppable')(server)],
  [
    'terminus with a health check',
    (server) => require('@godaddy/terminus').createTerminus(server, { healthChecks: { '/healthcheck': async () => {} } }),
  ],
].map(([name, wrap, use]) => ({ name, exchange: stubServer(wrap, use), nanoseconds: [] }));

for (let batch = -WARM_UP_BATCHES; batch < batches; batch++) {
  for (let turn = 0; turn < variants.length; turn++) {
    // Another one begins each time, so that none always runs behind the same neighbour.
    const { exchange, nanoseconds } = variants[(turn + batch + WARM_UP_BATCHES) % variants.length];
    const startedAt = performance.now();
    for (let index = 0; index < requestsPerBatch; index++) exchange();
    // A wrapper that makes handlers asynchronous pays for its promises here.
    await Promise.resolve();
    const tookMs = performance.now() - startedAt;
    if (batch >= 0) nanoseconds.push((tookMs * 1e6) / requestsPerBatch);
  }
}

console.log(JSON.stringify(variants.map(({ name, nanoseconds }) => ({ name, nanoseconds }))));
// Some wrappers keep a timer.
process.exit(0);
