import type { Cancel, Clock } from '@spotproof/core';
import type { Random } from '@spotproof/world';
import type { NodeAddress } from '../balancer/protocol.ts';
import type { LongLivedFacts, Outcome } from './client-record.ts';
import type { Exchange } from './exchange.ts';

/** What a connection that stays open tells the generator that opened it. */
export interface LongLivedOwner {
  readonly clock: Clock;
  readonly scheme: 'http' | 'https';
  /** The exchange has its outcome, and nothing changes it any more. */
  over(connection: LongLivedConnection, exchange: Exchange): void;
  /** The same client comes back after `delayMs`, as a new exchange; unless the load is over. */
  comeBack(exchange: Exchange, visit: Visit, delayMs: number): void;
}

/** One stay of a client at the service, over all its connections. */
export interface Visit {
  readonly node: NodeAddress;
  readonly random: Random;
  /** When its time is up; set by its first connection. */
  readonly until: number;
  /** From 1. */
  readonly attempt: number;
  /** What it has to say again, or where it left off. */
  readonly unsaid: readonly string[];
  readonly messages: number;
  readonly lastEventId: string | undefined;
}

export interface LongLivedOptions {
  readonly exchange: Exchange;
  readonly visit: Visit;
  readonly owner: LongLivedOwner;
}

/** A client's connection that stays open. It ends exactly once. */
export abstract class LongLivedConnection {
  protected readonly exchange: Exchange;
  protected readonly visit: Visit;
  protected readonly owner: LongLivedOwner;
  readonly #timers = new Set<Cancel>();
  #isOver = false;

  constructor({ exchange, visit, owner }: LongLivedOptions) {
    this.exchange = exchange;
    this.visit = visit;
    this.owner = owner;
  }

  /** Time is up for this client: it takes its leave as its protocol has it. */
  abstract leave(): void;

  protected get isOver(): boolean {
    return this.#isOver;
  }

  protected now(): number {
    return this.owner.clock.now();
  }

  /** Never after the end. */
  protected after(delayMs: number, act: () => void): Cancel {
    const cancel = this.owner.clock.schedule(Math.max(0, delayMs), () => {
      this.#timers.delete(forget);
      if (!this.#isOver) act();
    });
    const forget = (): void => {
      this.#timers.delete(forget);
      cancel();
    };
    this.#timers.add(forget);
    return forget;
  }

  /** @returns False when it had ended before. */
  protected end(outcome: Outcome, detail: string | undefined, facts: Omit<LongLivedFacts, 'attempt'>): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    for (const cancel of this.#timers) cancel();
    const { exchange } = this;
    exchange.outcome = outcome;
    exchange.detail = detail;
    exchange.endedAt = this.now();
    exchange.longLived = { ...facts, attempt: this.visit.attempt };
    this.owner.over(this, exchange);
    return true;
  }
}
