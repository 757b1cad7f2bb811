import { createRequestFramer, type Framer, type RequestHead } from '@spotproof/core/http1';

/**
 * Follows the requests of one connection by their bytes, so that a fault knows where one ends and the next begins. The balancer does not pipeline, so no chunk
 * holds parts of two.
 */
export class RequestWatch {
  readonly #framer: Framer;
  readonly #onRequest: (head: SeenRequest) => void;
  #head: SeenRequest | undefined;
  #askedForUpgrade = false;

  /** @param onRequest A request has come to its end, or its sender waits for leave to go on. */
  constructor(onRequest: (head: SeenRequest) => void) {
    this.#onRequest = onRequest;
    this.#framer = createRequestFramer({
      onHead: (head) => this.#onHead(head),
      onBody: () => {},
      onMessageEnd: () => this.#tell(),
      onError: () => {},
    });
  }

  /** What comes next is the first byte of a request. */
  get isBetween(): boolean {
    return this.#framer.state === 'idle';
  }

  /** It is not HTTP/1.1. */
  get isOpaque(): boolean {
    return this.#framer.state === 'failed' || this.#framer.state === 'tunnel';
  }

  /** The last request wanted another protocol on this connection. */
  get askedForUpgrade(): boolean {
    return this.#askedForUpgrade;
  }

  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
  }

  #onHead({ method, keepAlive, expectContinue, upgrade }: RequestHead): void {
    this.#askedForUpgrade = upgrade !== undefined;
    this.#head = { method, keepAlive: keepAlive && !expectContinue };
    if (expectContinue) this.#tell();
  }

  #tell(): void {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined) this.#onRequest(head);
  }
}

export interface SeenRequest {
  readonly method: string;
  /** The connection can carry another request after the answer to this one. */
  readonly keepAlive: boolean;
}

/** The answer of an app that is broken: complete, small, and 500. */
export function internalServerError({ method, keepAlive }: SeenRequest): string {
  const body = method === 'HEAD' ? '' : FAULT_BODY;
  const connection = keepAlive ? '' : 'Connection: close\r\n';
  return `HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: ${FAULT_BODY.length}\r\n${connection}\r\n${body}`;
}

const FAULT_BODY = 'planted fault: 5xx\n';
