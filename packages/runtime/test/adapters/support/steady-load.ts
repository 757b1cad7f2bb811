import { Agent, request } from 'node:http';

/** A few clients on kept connections, each with one request after the other, until the load is ended. */
export class SteadyLoad implements Disposable {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #failures: string[] = [];
  readonly #running: Promise<void>[];
  #sent = 0;
  #sentAtMark = 0;
  #goesOn = true;

  constructor(port: number, clients: number) {
    this.#port = port;
    this.#running = Array.from({ length: clients }, async () => await this.#client());
  }

  mark(): void {
    this.#sentAtMark = this.#sent;
  }

  get sentAfterMark(): number {
    return this.#sent - this.#sentAtMark;
  }

  /** No client begins another request. */
  end(): void {
    this.#goesOn = false;
  }

  /** Every answer that was not 200 with the body that was asked for, and every request without an answer, once all are over. */
  async failures(): Promise<readonly string[]> {
    await Promise.all(this.#running);
    this.#agent.destroy();
    return this.#failures;
  }

  /** A test that fails in the middle would otherwise hang, and hide what failed. */
  [Symbol.dispose](): void {
    this.end();
    this.#agent.destroy();
  }

  /** One request more that takes that long. */
  add(ms: number): void {
    this.#running.push(this.#one(ms));
  }

  async #one(ms: number): Promise<void> {
    const number = ++this.#sent;
    const failure = await this.#ask(number, ms);
    if (failure !== undefined) this.#failures.push(`request ${number}: ${failure}`);
  }

  async #client(): Promise<void> {
    while (this.#goesOn) await this.#one(Math.round(5 + Math.random() * 40));
  }

  async #ask(number: number, ms: number): Promise<string | undefined> {
    return await new Promise((resolve) => {
      const outgoing = request({ port: this.#port, host: '127.0.0.1', path: `/orders/o${number}?ms=${ms}`, agent: this.#agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('error', (error) => resolve(error.message));
        response.once('end', () => {
          const isRight = response.statusCode === 200 && body.includes(`"o${number}"`);
          resolve(isRight ? undefined : `${response.statusCode} ${body.slice(0, 100)}`);
        });
      });
      outgoing.once('error', (error) => resolve(error.message));
      outgoing.end();
    });
  }
}
