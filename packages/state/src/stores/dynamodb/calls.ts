import { SpotproofError } from '@spotproof/core';
import type { CallOptions, DynamodbClient, Item, WrittenItem } from './client.ts';
import { storeError } from './errors.ts';

/** The condition did not hold; `item` is what stood there, undefined if nothing did. */
export interface Refused {
  readonly refused: true;
  readonly item: Item | undefined;
}

/** The client with a limit to each call, errors as `SPOTPROOF_STORE`, and an answer where a condition did not hold. */
export class Calls {
  readonly client: DynamodbClient;
  readonly table: string;
  readonly #timeoutMs: number;
  /** DynamoDB has given an item with a refusal: then none without one means that there is none. */
  #givesItems = false;

  constructor(client: DynamodbClient, table: string, timeoutMs: number) {
    this.client = client;
    this.table = table;
    this.#timeoutMs = timeoutMs;
  }

  async ask<T>(call: (options: CallOptions) => Promise<T>): Promise<T> {
    try {
      return await this.#limited(call);
    } catch (error) {
      throw storeError(error, this.table);
    }
  }

  /** A write with a condition. One round trip; a further one to look where DynamoDB does not say what stood in the way. */
  async write<T>(key: WrittenItem, call: (options: CallOptions) => Promise<T>): Promise<T | Refused> {
    try {
      return await this.#limited(call);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw storeError(error, this.table);
      const item = itemOfRefusal(error);
      if (item !== undefined) this.#givesItems = true;
      return { refused: true, item: item ?? (this.#givesItems ? undefined : await this.read(key)) };
    }
  }

  async read(key: WrittenItem): Promise<Item | undefined> {
    const { Item } = await this.ask((options) => this.client.getItem({ TableName: this.table, Key: key, ConsistentRead: true }, options));
    return Item;
  }

  async #limited<T>(call: (options: CallOptions) => Promise<T>): Promise<T> {
    const abortSignal = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await call({ abortSignal });
    } catch (error) {
      if (!abortSignal.aborted) throw error;
      throw new SpotproofError(
        'SPOTPROOF_STORE',
        `DynamoDB gave no answer within ${this.#timeoutMs} ms. Look whether it can be reached from here; whether the call was done is not known.`,
        { retryable: true, cause: error },
      );
    }
  }
}

export function isRefused(answer: unknown): answer is Refused {
  return typeof answer === 'object' && answer !== null && 'refused' in answer;
}

/** What DynamoDB sends with a refusal is what the types of the SDK say, which the client is of. */
export function itemOfRefusal(error: object): Item | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return 'Item' in error && typeof error.Item === 'object' && error.Item !== null ? (error.Item as Item) : undefined;
}
