import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, ClaimOutcome, ClaimRecord, Create, Holder, Settlement, Won } from '../../src/protocol/index.ts';
import type { ClaimStore, ClaimSummary, ListQuery, Request } from '../../src/store.ts';
import type { StoreUnderTest } from './under-test.ts';

/** What one case has: keys and a kind that no other case uses, and a way to let time pass by the store's clock. */
export class CaseContext {
  readonly store: ClaimStore;
  /** All clients of the same records, `store` first. */
  readonly stores: readonly ClaimStore[];
  readonly under: StoreUnderTest;
  readonly kind = `kind-${randomUUID()}`;

  constructor(under: StoreUnderTest) {
    this.under = under;
    this.store = under.store;
    this.stores = [under.store, ...(under.others ?? [])];
  }

  key(name = 'key'): string {
    return `${name}-${randomUUID()}`;
  }

  create(overrides: Partial<Create> = {}): Create {
    return { kind: this.kind, fingerprint: 'print', version: 1, data: bytes('beginning'), ...overrides };
  }

  /** A claim that creates, with a new token and a lease that no test lives to see the end of. */
  claim(key: string, overrides: Partial<Claim> = {}): Request<Claim> {
    return {
      key,
      token: randomUUID(),
      leaseMs: LONG_MS,
      keepMs: LONG_MS,
      create: this.create(),
      fingerprint: undefined,
      version: 1,
      ...overrides,
    };
  }

  /** Claims a key that must be free. */
  async win(key: string, overrides: Partial<Claim> = {}): Promise<Winner> {
    const request = this.claim(key, overrides);
    return winner(request, await this.store.claim(request));
  }

  /** Claims a key as soon as the store says that it is free. */
  async takeOver(key: string, overrides: Partial<Claim> = {}): Promise<Winner> {
    const request = this.claim(key, { create: undefined, ...overrides });
    return winner(request, await this.claimWhenFree(request));
  }

  /** Sends a claim again while the answer is `busy`. */
  async claimWhenFree(request: Request<Claim>): Promise<ClaimOutcome> {
    const deadline = this.#deadline();
    for (;;) {
      const answer = await this.store.claim(request);
      if (answer.outcome !== 'busy') return answer;
      await this.#wait(answer.retryAfterMs, deadline, `the key becomes free, which is still ${answer.because}`);
    }
  }

  /** Begins an attempt whose lease is over, and whom nobody has replaced. */
  async winAndExpire(key: string, overrides: Partial<Claim> = {}): Promise<Winner> {
    const won = await this.win(key, { leaseMs: SHORT_MS, ...overrides });
    await this.pass(SHORT_MS);
    return won;
  }

  /** Returns when so many milliseconds have passed by the store's clock: a lease of that length, begun now, is over. */
  async pass(ms: number): Promise<void> {
    if (this.under.advance !== undefined) return this.under.advance(ms);
    const clock = this.key('clock');
    await this.win(clock, { leaseMs: ms, create: this.create({ kind: `${this.kind}-clock` }) });
    await this.takeOver(clock);
  }

  /** Tries until the answer is there, letting a little time pass in between. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = this.#deadline();
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await this.#wait(1, deadline, what);
    }
  }

  /** All pages of a list; a record that came twice, once. */
  async listed(query: ListQuery): Promise<readonly ClaimSummary[]> {
    const pages = await this.pages(query);
    return [...new Map(pages.flat().map((record) => [record.key, record])).values()];
  }

  async pages(query: ListQuery): Promise<readonly (readonly ClaimSummary[])[]> {
    const pages: (readonly ClaimSummary[])[] = [];
    let { cursor } = query;
    do {
      const page = await this.store.list(cursor === undefined ? query : { ...query, cursor });
      pages.push(page.records);
      cursor = page.cursor;
      assert.ok(pages.length <= MOST_PAGES, 'a list should end');
    } while (cursor !== undefined);
    return pages;
  }

  async record(key: string): Promise<ClaimRecord> {
    const record = await this.store.read(key);
    assert.ok(record !== undefined, `${key} should have a record`);
    return record;
  }

  #deadline(): Deadline {
    return { atMs: performance.now() + WAIT_LIMIT_MS, triesLeft: this.under.advance === undefined ? Infinity : MOST_TRIES };
  }

  async #wait(ms: number, deadline: Deadline, what: string): Promise<void> {
    deadline.triesLeft -= 1;
    assert.ok(deadline.triesLeft > 0 && performance.now() < deadline.atMs, `should have happened by now: ${what}`);
    if (this.under.advance === undefined) await sleep(Math.min(ms, LONGEST_POLL_MS));
    else this.under.advance(Math.min(ms, SHORT_MS));
  }
}

/** Real time that may pass, and, where the clock is moved by hand, how often that is worth it. */
interface Deadline {
  readonly atMs: number;
  triesLeft: number;
}

/** Who won a claim, with what it was told: all that later writes need. */
export interface Winner extends Holder {
  readonly request: Request<Claim>;
  readonly won: Won;
}

function winner(request: Request<Claim>, answer: ClaimOutcome): Winner {
  assert.equal(answer.outcome, 'won', `the claim of ${JSON.stringify(request.key)} should be won, got ${JSON.stringify(answer)}`);
  return { key: request.key, token: request.token, epoch: answer.epoch, request, won: answer };
}

export function holder({ key, token, epoch }: Holder): Holder {
  return { key, token, epoch };
}

export function done(result: Uint8Array = bytes('result'), keepMs: number = LONG_MS): Settlement {
  return { to: 'done', result, keepMs };
}

export function failed(result: Uint8Array = bytes('error')): Settlement {
  return { to: 'failed', result, keepMs: LONG_MS };
}

export function released(overrides: Partial<Extract<Settlement, { to: 'pending' }>> = {}): Settlement {
  return { to: 'pending', afterMs: 0, counts: 'nothing', checkpoint: undefined, result: bytes(''), keepMs: LONG_MS, ...overrides };
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}

export function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

/** Over before anybody could look; a server's clock may be as coarse as a millisecond. */
export const SHORT_MS = 3;
/** Never over while a test runs, however busy the machine. */
export const LONG_MS = 600_000;
const WAIT_LIMIT_MS = 5000;
const MOST_PAGES = 10_000;
const MOST_TRIES = 100;
const LONGEST_POLL_MS = 50;
