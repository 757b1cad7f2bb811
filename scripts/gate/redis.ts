import { findInPath, installOnDebian, isExecutable } from './debian.ts';

/**
 * Path of a Redis server for the tests of queues and of stores. Takes `SPOTPROOF_REDIS`, else one from PATH, else installs Debian's through apt when this
 * process may. Throws a sentence that says exactly what to install otherwise. Tests never skip for the lack of it.
 */
export function requireRedis(): string {
  const told = process.env['SPOTPROOF_REDIS'];
  if (told !== undefined) {
    if (isExecutable(told)) return told;
    throw new Error(`SPOTPROOF_REDIS should be the path of a Redis server that can be run, got "${told}". Correct it or unset it.`);
  }
  const found = findInPath(NAMES);
  if (found !== undefined) return found;
  // The tests start their own on a port of its own; the one that the package starts does no harm, and is left alone.
  const installed = installOnDebian('redis-server');
  const now = findInPath(NAMES);
  if (now !== undefined) return now;
  throw new Error(
    `The tests of queue consumers and of stores need a Redis server, and none was found. ${installed}\n` +
      'Install it and run the tests again: `apt-get install -y redis-server` on Debian, `dnf install valkey` on Fedora, `brew install redis` on macOS;\n' +
      'or set SPOTPROOF_REDIS to the path of a redis-server or valkey-server that you have.',
  );
}

const NAMES = ['redis-server', 'valkey-server'];
