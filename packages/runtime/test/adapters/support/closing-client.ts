/** How a WebSocket client's connection ended, as its own platform tells it. */
export interface Farewell {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  readonly at: number;
  /** What came before. */
  readonly messages: readonly string[];
}

/** The WebSocket client that Node has built in: nothing of the package under test. */
export class ClosingClient implements Disposable {
  readonly #socket: WebSocket;
  readonly messages: string[] = [];
  readonly farewell: Promise<Farewell>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.messages.push(String(data)));
    this.farewell = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason, wasClean }) => {
        resolve({ code, reason, wasClean, at: performance.now(), messages: [...this.messages] });
      });
    });
  }

  static async connect(port: number): Promise<ClosingClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const client = new ClosingClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`no WebSocket on port ${port}`)));
    });
    return client;
  }

  static async crowd(port: number, count: number): Promise<readonly ClosingClient[]> {
    return await Promise.all(Array.from({ length: count }, async () => await ClosingClient.connect(port)));
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
