import type { StopSignal } from '../process/door.ts';

export type SignalMeaning = 'begin' | 'hasten' | 'destroy' | 'repeated';

/** What a signal means after those that came before: the first begins, the next hastens, a second SIGINT forces. */
export class SignalReader {
  #lastAt = -Infinity;
  #seen = 0;
  #interrupts = 0;

  read(signal: StopSignal, now: number): SignalMeaning {
    // One Ctrl-C or one stop often arrives twice, from the terminal's process group and from npm or an init process that forwards it.
    if (now - this.#lastAt < SAME_SIGNAL_MS) return 'repeated';
    this.#lastAt = now;
    this.#seen += 1;
    if (signal === 'SIGINT') this.#interrupts += 1;
    if (this.#interrupts > 1) return 'destroy';
    return this.#seen === 1 ? 'begin' : 'hasten';
  }
}

const SAME_SIGNAL_MS = 250;
