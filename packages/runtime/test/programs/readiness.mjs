// A protected app whose checks do what `/set?<name>=<pass|fail|no|hang>` says. Environment: CHECKS are the checks' options by name, OPTIONS are
// readiness()'s. `/block` stops the event loop for 16 s without using the processor.
import http from 'node:http';
import { protect, readiness } from '@spotproof/runtime';

const say = (...words) => console.log(...words);
const modes = {};
const running = {};

function check(name) {
  return async (signal) => {
    running[name] = (running[name] ?? 0) + 1;
    say('check', name, running[name]);
    signal.addEventListener('abort', () => say('aborted', name, signal.reason.name));
    try {
      if (modes[name] === 'fail') throw new Error(`${name} refused postgres://user:secret@host`);
      if (modes[name] === 'no') return false;
      if (modes[name] === 'hang') await new Promise((resolve) => (modes[`${name} wakes`] = resolve));
      return true;
    } finally {
      running[name] -= 1;
    }
  };
}

const checks = {};
for (const [name, { mode, ...options }] of Object.entries(JSON.parse(process.env.CHECKS ?? '{"database":{}}'))) {
  modes[name] = mode;
  checks[name] = Object.keys(options).length === 0 ? check(name) : { check: check(name), ...options };
}
const server = http.createServer((request, response) => {
  for (const [name, mode] of new URL(request.url, 'http://x').searchParams) {
    modes[name] = mode;
    modes[`${name} wakes`]?.();
  }
  response.end('app');
  if (request.url !== '/block') return;
  setTimeout(() => {
    say('blocking');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 16_000);
  }, 20);
});
const logger = {
  debug() {},
  error() {},
  info: (fields, message) => say('log', message, JSON.stringify(fields)),
  warn: (fields, message) => say('log', message, JSON.stringify(fields)),
};
const life = protect(server, { logger, readiness: readiness(checks, JSON.parse(process.env.OPTIONS ?? '{}')) });
life.draining.addEventListener('abort', () => say('draining'));
server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
