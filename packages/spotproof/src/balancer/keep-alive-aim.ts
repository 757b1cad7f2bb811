/** What aiming needs to know of an idle connection. */
export interface IdleConnection {
  readonly phase: string;
  /** When it became idle. */
  readonly lastActivityAt: number;
}

export type Aim<Connection> =
  /** Send on this one now. */
  | { readonly kind: 'now'; readonly connection: Connection }
  /** Hold the request for this one until its FIN arrives, but for `holdMs` at most. */
  | { readonly kind: 'hold'; readonly connection: Connection; readonly holdMs: number }
  /** Open another connection, so that the idle ones grow old. */
  | { readonly kind: 'fresh' };

/**
 * The keep-alive adversary: chooses the idle connection that the target is just about to close, so that request and FIN cross.
 *
 * A balancer in front of many clients hits that moment by sheer numbers; a lab has to aim. Each thing it does, any balancer might do by chance:
 * 1. A connection whose FIN has arrived but is not yet seen (`finLagMs`) is taken at once: the request is already too late.
 * 2. Else, once it has learned when this target closes idle connections (the median of the last closes), a connection that is at most 50 ms younger or older
 *    than that is chosen, and the request held until the FIN arrives or the connection is 50 ms over that age: 100 ms at most. Then it is sent in any case.
 * 3. Else, now and then, a fresh connection is opened although one is idle: up to 16 to a target are left to grow old, at different ages.
 * 4. Else the connection that has been idle shortest.
 */
export class KeepAliveAim {
  readonly #closes: number[] = [];
  #lastFreshAt = -Infinity;

  /** The target closed a connection that had been idle this long. */
  learn(idleMs: number): void {
    this.#closes.push(idleMs);
    if (this.#closes.length > REMEMBERED_CLOSES) this.#closes.shift();
  }

  /** The keep-alive timeout that the target seems to have, undefined before the first close. */
  get timeoutMs(): number | undefined {
    const sorted = this.#closes.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  /** @param idle in order of becoming idle, the newest last. */
  choose<Connection extends IdleConnection>(idle: readonly Connection[], now: number): Aim<Connection> {
    const crossing = idle.find(({ phase }) => phase === 'fin-arrived');
    if (crossing !== undefined) return { kind: 'now', connection: crossing };
    const { timeoutMs } = this;
    if (timeoutMs !== undefined) {
      const due = idle.find(({ lastActivityAt }) => Math.abs(now - lastActivityAt - timeoutMs) <= WINDOW_MS);
      if (due !== undefined) return { kind: 'hold', connection: due, holdMs: due.lastActivityAt + timeoutMs + WINDOW_MS - now };
    }
    const newest = idle.at(-1);
    const gapMs = timeoutMs === undefined ? FIRST_GAP_MS : timeoutMs / MAX_AGING;
    if (newest === undefined || (idle.length < MAX_AGING && now - this.#lastFreshAt >= gapMs)) {
      this.#lastFreshAt = now;
      return { kind: 'fresh' };
    }
    return { kind: 'now', connection: newest };
  }
}

const WINDOW_MS = 50;
const REMEMBERED_CLOSES = 9;
const MAX_AGING = 16;
/** While the target's timeout is unknown: all 16 are there within four seconds, less than the timeouts that are common. */
const FIRST_GAP_MS = 250;
