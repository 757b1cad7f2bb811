import type { DrainEffect } from '@spotproof/core/drain';
import { idleLoopTurns } from '../http/loop-turns.ts';
import type { ConnectionSweep } from './connection-sweep.ts';
import type { Ending } from './ending.ts';
import type { LifeParts } from './life-parts.ts';

export interface DrainActsOptions {
  readonly parts: LifeParts;
  readonly ending: Ending;
  readonly sweep: ConnectionSweep;
  /** How many connections were accepted so far. */
  readonly accepts: () => number;
  /** Called when what counts as open may have changed. */
  readonly changed: () => void;
}

/** Turns what the pure life cycle decides into acts on servers, consumers, hooks and the process. */
export class DrainActs {
  readonly #options: DrainActsOptions;
  readonly #parts: LifeParts;
  #areListenersClosed = false;

  constructor(options: DrainActsOptions) {
    this.#options = options;
    this.#parts = options.parts;
  }

  /** Nothing new comes in from here on; a server that begins to listen now must not. */
  get areListenersClosed(): boolean {
    return this.#areListenersClosed;
  }

  perform(effect: DrainEffect): void {
    const { engine, servers, consumers, workSignals, platform, service, hold } = this.#parts;
    switch (effect) {
      case 'announce':
        // First of all: what a queue hands out from here on would have to be given back.
        consumers.stop();
        for (const guard of servers) guard.announce({ holdClose: hold !== undefined });
        workSignals.fireDraining();
        platform.announce();
        return;
      case 'close-listeners':
        this.#start(this.#closeListeners());
        return;
      case 'abort-work':
        workSignals.fireStop();
        consumers.handBack();
        service.letGo();
        for (const connection of servers.connections()) {
          if (connection.upgradedBy === undefined) continue;
          connection.wasCut = !connection.socket.writableEnded;
          connection.socket.end();
        }
        return;
      case 'destroy-sockets':
        // The time limit destroys on the way to `releasing`; `destroy()` goes straight to `exited`.
        this.#options.ending.giveUp(engine.state.phase === 'exited' ? 'escalated' : 'deadline');
        for (const connection of servers.connections()) connection.socket.destroy();
        return;
      case 'run-hooks':
        this.#start(this.#release());
        return;
      case 'flush':
        this.#start(this.#flush());
        return;
      case 'exit':
        this.#options.ending.finish();
        return;
    }
  }

  /** Lets the loop read what waits in the kernel, then calls `then`. */
  lookFirst(then: () => void): void {
    this.#start(this.#acceptQueueEmpty(LOOK_FIRST_MS).then(then));
  }

  async #closeListeners(): Promise<void> {
    const { engine, servers, service, configuration } = this.#parts;
    const { budgetMs } = configuration.settings;
    await service.closeListening(budgetMs);
    await this.#acceptQueueEmpty(Math.min(LONGEST_ACCEPT_STORM_MS, budgetMs / 20));
    for (const guard of servers) guard.closeListener();
    this.#areListenersClosed = true;
    this.#options.sweep.listenersClosed();
    this.#options.changed();
    engine.send({ type: 'listeners-closed' });
  }

  #acceptQueueEmpty(boundMs: number): Promise<void> {
    return idleLoopTurns({ turns: 20, boundMs, activity: this.#options.accepts, now: () => this.#parts.clock.now() });
  }

  async #release(): Promise<void> {
    const { engine, hooks } = this.#parts;
    await hooks.run('release', engine.instantOf('releaseMs') ?? 0);
    if (!this.#options.ending.letAppFinish()) engine.send({ type: 'hooks-done' });
  }

  async #flush(): Promise<void> {
    const { engine, hooks } = this.#parts;
    this.#options.ending.keepLoopAlive();
    if (hooks.has('flush')) await hooks.run('flush', engine.instantOf('exitMs') ?? 0);
    engine.send({ type: 'flush-done' });
  }

  /** Runs something of ours in the background. Should it fail, that is our fault, and the time limits still end the drain. */
  #start(running: Promise<void>): void {
    running.catch((error: unknown) => this.#parts.warnings.addFailure('A part of Spotproof failed', error));
  }
}

/** Somebody who connects without pause must not keep the listener open. */
const LONGEST_ACCEPT_STORM_MS = 1_000;
const LOOK_FIRST_MS = 250;
