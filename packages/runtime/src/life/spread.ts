import type { EventEmitter } from 'node:events';
import type { DrainPhase } from '@spotproof/core/drain';
import { invalid } from '../process/settings.ts';
import type { LifecycleEvents } from './channels.ts';

export interface SpreadOptions<Item> {
  readonly life: { readonly events: EventEmitter<LifecycleEvents>; readonly phase: DrainPhase; readonly stop: AbortSignal };
  /** Over how many milliseconds the ends are spread, 0 or more. Default: 3000, or 2 for each item if that is more. The budget may allow less. */
  readonly spreadMs: number | undefined;
  /** What is open now. */
  open(): Iterable<Item>;
  /** Asks this one to go. May be called again for one that has not gone. */
  end(item: Item): void;
  /** There is no time left: this one goes now. */
  endNow(item: Item): void;
}

/**
 * Ends long-lived connections once lingering is over, one after the other: clients that all lose their connection at once come back at once, and the
 * tasks that are left get them as one wave. What is still open when the stop signal fires is ended then.
 */
export class Spread<Item> {
  readonly #options: SpreadOptions<Item>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #until: number | undefined;

  /** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for a `spreadMs` that is no such number. */
  constructor(options: SpreadOptions<Item>) {
    const { life, spreadMs } = options;
    if (spreadMs !== undefined && !(Number.isFinite(spreadMs) && spreadMs >= 0))
      throw invalid('spreadMs', 'a number of milliseconds, 0 or more', spreadMs);
    this.#options = options;
    // Whatever comes that late is asked to go as soon as it is here.
    if (life.phase !== 'serving' && life.phase !== 'announced' && life.phase !== 'lingering') this.#until = performance.now();
    life.events.on('phase', ({ phase, afterMs, stopAfterMs }) => {
      if (phase === 'draining') this.#begin(stopAfterMs - afterMs);
    });
    life.stop.addEventListener('abort', () => this.#endNow(), { once: true });
  }

  /** One more came. While the others are being ended it gets its turn among them. */
  joined(item: Item): void {
    if (this.#until === undefined) return;
    if (this.#options.life.stop.aborted) this.#options.endNow(item);
    else this.#endAfter(Math.random() * Math.max(0, this.#until - performance.now()), item);
  }

  #begin(leftMs: number): void {
    const items = [...this.#options.open()];
    const wantedMs = this.#options.spreadMs ?? Math.max(SHORTEST_SPREAD_MS, MS_PER_ITEM * items.length);
    // The last one needs time, too, to say goodbye.
    const overMs = Math.min(wantedMs, Math.max(0, leftMs - Math.min(LONGEST_GOODBYE_MS, leftMs / 4)));
    this.#until = performance.now() + overMs;
    for (const [index, item] of items.entries()) this.#endAfter(overMs * slot(index, items.length), item);
  }

  #endAfter(delayMs: number, item: Item): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#options.end(item);
    }, delayMs);
    this.#timers.add(timer);
  }

  #endNow(): void {
    this.#until ??= performance.now();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const item of this.#options.open()) this.#options.endNow(item);
  }
}

/** Where in the whole time, 0 to 1, this item has its turn: even steps with some chance within them, the first at once and the last at the end. */
function slot(index: number, count: number): number {
  if (index === 0) return 0;
  if (index === count - 1) return 1;
  return (index + Math.random() - 0.5) / (count - 1);
}

const SHORTEST_SPREAD_MS = 3_000;
/** At most 500 clients a second come back by default. */
const MS_PER_ITEM = 2;
const LONGEST_GOODBYE_MS = 3_000;
