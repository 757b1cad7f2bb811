import { nodeProcess, type ProcessDoor } from '../process/door.ts';
import { systemClock } from '../process/system-clock.ts';
import { Lifecycle } from './lifecycle.ts';

/**
 * The one life cycle of this process. It hangs on a registered symbol: two copies of this package (one preloaded, one in the app's
 * `node_modules`) must not drain against each other.
 */
export function sharedLifecycle(door: ProcessDoor = nodeProcess): Lifecycle {
  const holder = globalThis as typeof globalThis & { [LIFECYCLE]?: Lifecycle };
  holder[LIFECYCLE] ??= new Lifecycle(door, systemClock);
  return holder[LIFECYCLE];
}

const LIFECYCLE = Symbol.for('spotproof.lifecycle@1');
