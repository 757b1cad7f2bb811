/* oxlint-disable unicorn/require-post-message-target-origin -- That is for windows of a browser; channels between threads have no origin. */
import { subscribe } from 'node:diagnostics_channel';
import { BroadcastChannel, isMainThread, threadId, type Worker } from 'node:worker_threads';

export { isMainThread };

/** One for the process: it must be there before the app starts its first thread. Only the main thread has it. */
export function sharedThreads(): Threads {
  shared ??= new Threads();
  return shared;
}

export interface ThreadEvents {
  readonly message: (id: number, message: unknown) => void;
  readonly ended: (id: number, code: number) => void;
}

/** Hears from the threads of this process, from when the app starts the first one. */
class Threads {
  readonly #workers = new Map<number, Worker>();
  readonly #listeners: ThreadEvents[] = [];
  #channel: BroadcastChannel | undefined;

  constructor() {
    subscribe('worker_threads', (started) => {
      const worker: unknown = typeof started === 'object' && started !== null && 'worker' in started ? started.worker : undefined;
      // The channel promises nothing else.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      if (worker !== undefined) this.#started(worker as Worker);
    });
  }

  listen(events: ThreadEvents): void {
    this.#listeners.push(events);
  }

  send(id: number, message: object): void {
    this.#channel?.postMessage({ to: id, message });
  }

  terminate(id: number): void {
    void this.#workers.get(id)?.terminate();
  }

  #started(worker: Worker): void {
    this.#open();
    // It has none any more once it has ended.
    const id = worker.threadId;
    this.#workers.set(id, worker);
    worker.once('exit', (code) => {
      this.#workers.delete(id);
      for (const { ended } of this.#listeners) ended(id, code);
    });
  }

  #open(): void {
    if (this.#channel !== undefined) return;
    this.#channel = new BroadcastChannel(NAME);
    this.#channel.addEventListener('message', (event: unknown) => {
      const data = dataOf(event);
      if (data === undefined || data.to !== MAIN || typeof data.from !== 'number') return;
      for (const { message } of this.#listeners) message(data.from, data.message);
    });
    this.#channel.unref();
  }
}

/** The way to the main thread, from another. */
export interface MainThread {
  readonly threadId: number;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** Undefined in the main thread. */
export function mainOfThisThread(): MainThread | undefined {
  if (isMainThread) return undefined;
  const channel = new BroadcastChannel(NAME);
  channel.unref();
  return {
    threadId,
    send: (message) => {
      channel.postMessage({ to: MAIN, from: threadId, message });
    },
    onMessage(listener) {
      channel.addEventListener('message', (event: unknown) => {
        const data = dataOf(event);
        if (data?.to === threadId) listener(data.message);
      });
      // Setting a listener has made it hold the thread again.
      channel.unref();
    },
  };
}

interface Letter {
  readonly to: unknown;
  readonly from: unknown;
  readonly message: unknown;
}

function dataOf(event: unknown): Letter | undefined {
  const data: unknown = typeof event === 'object' && event !== null && 'data' in event ? event.data : undefined;
  if (typeof data !== 'object' || data === null || !('to' in data) || !('message' in data)) return undefined;
  return { to: data.to, from: 'from' in data ? data.from : undefined, message: data.message };
}

let shared: Threads | undefined;

const MAIN = 0;
const NAME = 'spotproof.crew@1';
