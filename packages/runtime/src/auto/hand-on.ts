import { scriptPrograms } from '../platform/script-programs.ts';
import type { HandledSignal, ProcessDoor } from '../process/door.ts';
import { sendSignal } from '../process/send-signal.ts';
import { foreignListeners, interceptSignals } from '../process/signal-hold.ts';

/**
 * For a package manager that runs a script. By itself it would pass a stop signal to its shell, which dies of it and tells nobody, and end: as the first
 * process of a container it takes the app along. So its listeners do not get the signal. The programs of the script do, as if each had been started
 * without shell and package manager; when they end, these end by themselves, with their exit code.
 *
 * Does nothing about a signal when there is no such program, or for a person at a terminal, whose Ctrl-C has reached all of them.
 */
export function handOn(door: ProcessDoor): void {
  let hasHandedOn = false;
  interceptSignals(
    (signal) => {
      const isHandedOn = !door.isInteractive(signal) && handedOn(signal, door.pid);
      hasHandedOn ||= isHandedOn;
      return isHandedOn;
    },
    { standsAside: true },
  );
  // A signal to the whole group has ended the shell as well, and some tools end before what they have started. The package manager does not.
  door.onExit(() => {
    if (!hasHandedOn) return;
    const until = performance.now() + LONGEST_WAIT_MS;
    while (scriptPrograms(door.pid).inGroup.length > 0 && performance.now() < until) Atomics.wait(SLEEP, 0, 0, LOOK_EVERY_MS);
  });
}

function handedOn(signal: HandledSignal, manager: number): boolean {
  const { below, orphans } = scriptPrograms(manager);
  // It listens as long as a script runs. Whatever else it has started, such as git, is its own business.
  const told = foreignListeners(signal).length === 0 ? [] : below;
  // At once: those with a life cycle take it for the same signal if it has reached them already, with the whole group.
  for (const { pid } of told) sendSignal(pid, signal);
  return told.length + orphans.length > 0;
}

/** The longest stop timeout that can be told; the platform ends it all earlier. */
const LONGEST_WAIT_MS = 3_600_000;
const LOOK_EVERY_MS = 50;
const SLEEP = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
