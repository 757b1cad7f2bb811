import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '@spotproof/core';

export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly receiveWaitSeconds: number;
  readonly retentionSeconds: number;
  /** Messages that were received so often without being deleted go there instead of being received again. */
  readonly redrive: { readonly deadLetterQueueArn: string; readonly maxReceiveCount: number } | undefined;
  /** Kept and shown; nothing here looks at it. */
  readonly kept: Readonly<Record<string, string>>;
}

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly bodyMd5: string;
  readonly attributes: unknown;
  readonly sentAt: number;
  firstReceivedAt: number | undefined;
  receiveCount: number;
  visibleAt: number;
  /** Of the last receipt only: an older one does nothing any more. */
  receiptHandle: string | undefined;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly settings: QueueSettings;
  readonly tags?: Readonly<Record<string, string>>;
  /** Takes what was received too often. */
  readonly onDead: (message: QueueMessage, deadLetterQueueArn: string) => void;
}

/** A standard queue: at least once, in no promised order, invisible while somebody works on it. */
export class Queue {
  settings: QueueSettings;
  tags: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  readonly #onDead: QueueOptions['onDead'];
  readonly #messages = new Map<string, QueueMessage>();
  readonly #waiting = new Set<() => void>();

  constructor({ clock, settings, tags = {}, onDead }: QueueOptions) {
    this.tags = tags;
    this.#clock = clock;
    this.settings = settings;
    this.#onDead = onDead;
  }

  send(
    body: string,
    options: { readonly attributes?: unknown; readonly delaySeconds?: number | undefined; readonly messageId?: string } = {},
  ): QueueMessage {
    const now = this.#clock.now();
    const message: QueueMessage = {
      messageId: options.messageId ?? randomUUID(),
      body,
      bodyMd5: md5(body),
      attributes: options.attributes,
      sentAt: now,
      firstReceivedAt: undefined,
      receiveCount: 0,
      visibleAt: now + 1000 * (options.delaySeconds ?? this.settings.delaySeconds),
      receiptHandle: undefined,
    };
    this.#messages.set(message.messageId, message);
    this.#wake();
    return message;
  }

  /** Waits for the first message, for so long at most; gives up when the signal is aborted. */
  async receive(options: {
    readonly max: number;
    readonly waitSeconds: number | undefined;
    readonly visibilityTimeoutSeconds: number | undefined;
    readonly signal: AbortSignal;
  }): Promise<readonly QueueMessage[]> {
    const giveUpAt = this.#clock.now() + 1000 * (options.waitSeconds ?? this.settings.receiveWaitSeconds);
    for (;;) {
      // Nobody would work on what is given to a caller that is gone.
      if (options.signal.aborted) return [];
      const received = this.#take(options.max, options.visibilityTimeoutSeconds ?? this.settings.visibilityTimeoutSeconds);
      if (received.length > 0 || this.#clock.now() >= giveUpAt) return received;
      await this.#change(giveUpAt, options.signal);
    }
  }

  /** Deletes by the receipt of the last delivery; an older one succeeds and does nothing, as on a queue of many servers. */
  remove(receiptHandle: string): void {
    const message = this.#byReceipt(receiptHandle);
    if (message !== undefined) this.#messages.delete(message.messageId);
  }

  /** False when the message is not in flight under this receipt. */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const message = this.#byReceipt(receiptHandle);
    if (message === undefined || message.visibleAt <= this.#clock.now()) return false;
    message.visibleAt = this.#clock.now() + 1000 * seconds;
    this.#wake();
    return true;
  }

  purge(): void {
    this.#messages.clear();
  }

  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    this.#expire();
    const now = this.#clock.now();
    const counts = { visible: 0, inFlight: 0, delayed: 0 };
    for (const { visibleAt, receiveCount } of this.#messages.values())
      counts[visibleAt <= now ? 'visible' : receiveCount > 0 ? 'inFlight' : 'delayed'] += 1;
    return counts;
  }

  #take(max: number, visibilityTimeoutSeconds: number): readonly QueueMessage[] {
    this.#expire();
    const now = this.#clock.now();
    const taken: QueueMessage[] = [];
    for (const message of this.#messages.values()) {
      if (taken.length === max) break;
      if (message.visibleAt > now) continue;
      const { redrive } = this.settings;
      if (redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
        this.#messages.delete(message.messageId);
        this.#onDead(message, redrive.deadLetterQueueArn);
        continue;
      }
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + 1000 * visibilityTimeoutSeconds;
      message.receiptHandle = randomUUID();
      taken.push(message);
    }
    return taken;
  }

  #expire(): void {
    const oldest = this.#clock.now() - 1000 * this.settings.retentionSeconds;
    for (const { messageId, sentAt } of this.#messages.values()) if (sentAt < oldest) this.#messages.delete(messageId);
  }

  #byReceipt(receiptHandle: string): QueueMessage | undefined {
    return [...this.#messages.values()].find((message) => message.receiptHandle === receiptHandle);
  }

  /** Until something may have become visible. */
  #change(giveUpAt: number, signal: AbortSignal): Promise<void> {
    const nextVisible = Math.min(giveUpAt, ...[...this.#messages.values()].map(({ visibleAt }) => visibleAt));
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#waiting.delete(end);
        resolve();
      };
      const cancel = this.#clock.schedule(nextVisible - this.#clock.now(), end);
      signal.addEventListener('abort', end);
      this.#waiting.add(end);
    });
  }

  #wake(): void {
    for (const end of this.#waiting) end();
  }
}

/** The SDKs compare it with the body that they receive. */
function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
