import { findInPath } from './debian.ts';
import { requireTool } from './tool.ts';

/**
 * Path of a Redis server for the tests of queues and of stores, which start their own on a port of its own: the one that a package may start does no harm,
 * and is left alone. Errors: {@link requireTool}.
 */
export function requireRedis(): string {
  return requireTool({
    need: 'The tests of queue consumers and of stores need',
    what: 'a Redis server',
    packages: ['redis-server'],
    elsewhere: ['`dnf install valkey` on Fedora', '`brew install redis` on macOS'],
    find: () => findInPath(['redis-server', 'valkey-server']),
    told: { variable: 'SPOTPROOF_REDIS', expected: 'a redis-server or valkey-server' },
  });
}
