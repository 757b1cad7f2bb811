import { createRequire } from 'node:module';
import { nodeProcess } from '../process/door.ts';
import type * as protection from './protect-opened.ts';

/**
 * Hands the code of the drain to `act`, and loads it the first time: most of the processes that a preload reaches never need it, and its modules cost
 * every one of them more time than all the rest. In the same turn, so that a server is protected before it listens.
 */
export function withDrain(act: (drain: Drain) => void): void {
  try {
    drain ??= loadNow();
  } catch {
    // `require` of ES modules is switched off (`--no-experimental-require-module`), or the app is importing these same modules at this moment.
    import('./protect-opened.ts').then(act, (error: unknown) => {
      nodeProcess.writeError(`spotproof: this process is not protected: ${error instanceof Error ? error.message : String(error)}`);
    });
    return;
  }
  act(drain);
}

type Drain = typeof protection;

/** The same instance that an `import` gives. Its name ends as this file's does: `.ts` in the source, `.js` in what is published. */
function loadNow(): Drain {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  // `require` cannot know what it finds.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return createRequire(import.meta.url)(`./protect-opened${ending}`) as Drain;
}

let drain: Drain | undefined;
