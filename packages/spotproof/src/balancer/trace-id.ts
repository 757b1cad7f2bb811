/** Makes and extends `X-Amzn-Trace-Id` as "Request tracing for your Application Load Balancer" describes. */
export class TraceIds {
  readonly #prefix: string;
  #second = 0;
  #secondHex = '';
  #count = 0;

  /** @param prefix 18 hex digits that tell this node from others. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The header to send on: a new root, or the one that came with this balancer's own `Self` put in front. */
  next(received: string | undefined, atMs: number): string {
    if (received === undefined || received === '') return `Root=${this.#id(atMs)}`;
    if (!received.includes('Root=')) return `Root=${this.#id(atMs)};${received}`;
    return `Self=${this.#id(atMs)};${received.replace(/Self=[^;]*;?/u, '')}`;
  }

  #id(atMs: number): string {
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondHex = second.toString(16).padStart(8, '0');
    }
    this.#count = (this.#count + 1) & 0xffffff;
    return `1-${this.#secondHex}-${this.#prefix}${HEX[this.#count >> 12]}${HEX[this.#count & 0xfff]}`;
  }
}

/** 000 to fff: looking up is much cheaper than printing a number, on each request. */
const HEX: readonly string[] = Array.from({ length: 0x1000 }, (_, number) => number.toString(16).padStart(3, '0'));
