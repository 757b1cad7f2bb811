import type { DrainPhase } from '@spotproof/core/drain';
import type { RequestEnd } from '../http/open-requests.ts';

/** What happened since the drain began, in numbers. */
export class Tally {
  readonly #served = { lingering: 0, draining: 0 };
  #abandoned = 0;
  #requestsAfterStart = 0;
  #healthChecksAnswered = 0;

  requestCame(): void {
    this.#requestsAfterStart += 1;
  }

  requestEnded(end: RequestEnd, phase: DrainPhase): void {
    if (end === 'abandoned') this.#abandoned += 1;
    else if (phase === 'announced' || phase === 'lingering') this.#served.lingering += 1;
    else this.#served.draining += 1;
  }

  healthCheckAnswered(): void {
    this.#healthChecksAnswered += 1;
  }

  /** What a worker counted. */
  add(figures: TallyFigures): void {
    this.#requestsAfterStart += figures.requestsAfterStart;
    this.#served.lingering += figures.served.lingering;
    this.#served.draining += figures.served.draining;
    this.#abandoned += figures.abandoned;
    this.#healthChecksAnswered += figures.healthChecksAnswered;
  }

  get requestsAfterStart(): number {
    return this.#requestsAfterStart;
  }

  get figures(): TallyFigures {
    return {
      requestsAfterStart: this.#requestsAfterStart,
      served: { ...this.#served },
      abandoned: this.#abandoned,
      healthChecksAnswered: this.#healthChecksAnswered,
    };
  }
}

interface TallyFigures {
  readonly requestsAfterStart: number;
  readonly served: { readonly lingering: number; readonly draining: number };
  readonly abandoned: number;
  readonly healthChecksAnswered: number;
}
