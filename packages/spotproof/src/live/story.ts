import type { LiveEvent } from './events.ts';
import { emptyLive, type LiveState, stepLive } from './state.ts';

/**
 * What happened so far, bounded: the newest events as they are, and what came before them as one state. Sequence numbers begin at 1.
 * To add an event costs nothing more until the bound is reached.
 */
export class Story {
  readonly #most: number;
  readonly #events: LiveEvent[] = [];
  /** Events that have left the list; they are in `#base`. */
  #dropped = 0;
  #base = emptyLive();
  /** The newest state that somebody asked for, so that the next one is made from there. */
  #head: { readonly sequence: number; readonly state: LiveState } | undefined;

  constructor(most = MOST_EVENTS) {
    this.#most = most;
  }

  /** The sequence number of the newest event; 0 before the first. */
  get last(): number {
    return this.#dropped + this.#events.length;
  }

  /** The newest event that is known only as a part of {@link base}; 0 when all are kept. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The state after the event {@link dropped}. */
  get base(): LiveState {
    return this.#base;
  }

  add(event: LiveEvent): void {
    this.#events.push(event);
    if (this.#events.length <= this.#most) return;
    // A tenth at once: to take from the front moves all the others.
    const leaving = this.#events.splice(0, Math.max(1, Math.floor(this.#most / 10)));
    this.#base = leaving.reduce(stepLive, this.#base);
    this.#dropped += leaving.length;
  }

  /** The event with this number; undefined when it is no longer kept, or not there yet. */
  at(sequence: number): LiveEvent | undefined {
    return this.#events[sequence - 1 - this.#dropped];
  }

  /** The state after the newest event. */
  get state(): LiveState {
    const from = this.#head !== undefined && this.#head.sequence >= this.#dropped ? this.#head : { sequence: this.#dropped, state: this.#base };
    const state = this.#events.slice(from.sequence - this.#dropped).reduce(stepLive, from.state);
    this.#head = { sequence: this.last, state };
    return state;
  }
}

/** Two a second come from the load alone: more than half an hour. */
const MOST_EVENTS = 5000;
