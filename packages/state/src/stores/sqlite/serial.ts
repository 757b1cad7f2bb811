import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { SpotproofError } from '@spotproof/core';
import { endedByWork } from '../ended-by-work.ts';
import { isBusy, sqliteError } from './errors.ts';
import { identityOf } from './open.ts';

/**
 * One piece of work after the other on one connection, in the order in which they came. Waits for the locks of other connections without blocking the
 * process, which has heartbeats to send meanwhile.
 */
export class Serial {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #busyMs: number;
  readonly #path: string | null;
  readonly #identity: string | undefined;
  readonly #inside = new AsyncLocalStorage<{ isOpen: boolean }>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: DatabaseSync, { file, busyMs }: { readonly file: string; readonly busyMs: number }) {
    this.#database = database;
    this.#file = file;
    this.#busyMs = busyMs;
    this.#path = database.location();
    this.#identity = identityOf(this.#path);
  }

  /** Runs what only reads. */
  read<T>(work: () => T): Promise<T> {
    return this.#enqueue(() => this.#patiently(work));
  }

  /** Runs this in a transaction that no other writer is let into. */
  write<T>(work: () => T): Promise<T> {
    return this.#enqueue(async () => {
      await this.#begin();
      try {
        const value = work();
        this.#database.exec('COMMIT');
        return value;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  /** The same for work that takes its time. Whatever else is asked of this connection waits for it. */
  hold<R>(work: () => Promise<R>, then: (result: R) => void): Promise<R> {
    return this.#enqueue(async () => {
      await this.#begin();
      const inside = { isOpen: true };
      try {
        // Its own errors are its caller's, and stay what they are.
        const result = await this.#inside.run(inside, () => keepApart(work));
        if (!this.#database.isTransaction) throw endedByWork();
        then(result);
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      } finally {
        inside.isOpen = false;
      }
    });
  }

  async #enqueue<T>(work: () => Promise<T>): Promise<T> {
    // It would wait for the very transaction that waits for it.
    if (this.#inside.getStore()?.isOpen === true)
      throw new SpotproofError('SPOTPROOF_MISUSE', 'The store was called by the work of transact(). Use the connection that the work is given.');
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } catch (error) {
      if (error instanceof OfTheWork) throw error.cause;
      throw sqliteError(error, this.#file);
    }
  }

  async #begin(): Promise<void> {
    if (this.#database.isTransaction)
      throw new SpotproofError(
        'SPOTPROOF_MISUSE',
        "The connection of the store has somebody else's transaction open. Give the store a connection of its own.",
      );
    await this.#patiently(() => this.#database.exec('BEGIN IMMEDIATE'));
    if (identityOf(this.#path) === this.#identity) return;
    this.#rollBack();
    // Whoever opens the path now has another file, and SQLite itself goes on with the one that has no name any more.
    throw new SpotproofError(
      'SPOTPROOF_STORE',
      `The file ${this.#file} was removed or replaced while it was open: what is claimed in it nobody else would see. Leave it in its place, and open the store anew.`,
    );
  }

  async #patiently<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#busyMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
      }
      await delay(pauseMs * (0.5 + Math.random()));
    }
  }

  #rollBack(): void {
    // A full disk makes SQLite roll back by itself.
    if (!this.#database.isTransaction) return;
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // What went wrong before is told; a transaction that stays open is told by the next call.
    }
  }
}

async function keepApart<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw new OfTheWork(error);
  }
}

class OfTheWork extends Error {
  constructor(cause: unknown) {
    super('', { cause });
  }
}

const LONGEST_PAUSE_MS = 16;
