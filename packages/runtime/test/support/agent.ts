import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';

export interface AgentCall {
  readonly line: string;
  readonly body: unknown;
}

type Respond = (call: AgentCall) => { readonly status?: number; readonly body: string } | undefined;

/** A stand-in for the endpoints that ECS gives a task, on loopback. It answers what `respond` says; without an answer it hangs. */
export class Agent implements AsyncDisposable {
  readonly calls: AgentCall[] = [];
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #respond: Respond;
  #port = 0;

  private constructor(respond: Respond) {
    this.#respond = respond;
  }

  static async start(respond: Respond): Promise<Agent> {
    const agent = new Agent(respond);
    agent.#server.listen(0, '127.0.0.1');
    await once(agent.#server, 'listening');
    const address = agent.#server.address();
    agent.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const call: AgentCall = { line: `${request.method} ${request.url}`, body: text === '' ? undefined : JSON.parse(text) };
    this.calls.push(call);
    const answer = this.#respond(call);
    if (answer === undefined) return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(answer.body);
  }
}
