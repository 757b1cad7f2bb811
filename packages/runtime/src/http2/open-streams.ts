import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** A request that is being answered. */
export interface OpenStream {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly startedAt: number;
}

/**
 * The streams that are being answered. They are asked whether they are over when somebody wants to know, and not listened to: a listener on each
 * costs more than all else that is done for a request while serving.
 */
export class OpenStreams {
  #maybeOpen: OpenStream[] = [];
  #pruneAt = FEW;
  #isPruneDue = false;

  add(open: OpenStream): void {
    if (this.#maybeOpen.push(open) >= this.#pruneAt) this.#prune();
    if (!this.#isPruneDue) this.#pruneLater();
  }

  get all(): readonly OpenStream[] {
    this.#prune();
    return this.#maybeOpen;
  }

  #prune(): void {
    this.#maybeOpen = this.#maybeOpen.filter(({ stream }) => !stream.destroyed);
    // Twice as many, so that each stream is looked at about once on average, however many are open.
    this.#pruneAt = Math.max(FEW, 2 * this.#maybeOpen.length);
  }

  /** Or a quiet server would hold on to its last burst. */
  #pruneLater(): void {
    this.#isPruneDue = true;
    const timer = setTimeout(() => {
      this.#isPruneDue = false;
      this.#prune();
      if (this.#maybeOpen.length > 0) this.#pruneLater();
    }, PRUNE_EVERY_MS);
    timer.unref();
  }
}

const FEW = 64;
const PRUNE_EVERY_MS = 1_000;
