import { nodeProcess, type ProcessDoor } from '../process/door.ts';
import { systemClock } from '../process/system-clock.ts';
import { SharedLifecycle } from './lifecycle.ts';

/**
 * The one life cycle of this process. It hangs on a registered symbol: two copies of this package (one preloaded, one in the app's
 * `node_modules`) must not drain against each other.
 */
export function sharedLifecycle(door: ProcessDoor = nodeProcess): SharedLifecycle {
  const holder = globalThis as typeof globalThis & { [LIFECYCLE]?: SharedLifecycle };
  let life = holder[LIFECYCLE];
  if (life === undefined || life.isOver) {
    life = new SharedLifecycle(door, systemClock);
    holder[LIFECYCLE] = life;
  }
  return life;
}

const LIFECYCLE = Symbol.for('spotproof.lifecycle@1');
