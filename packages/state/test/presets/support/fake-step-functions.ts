import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { SFN } from '@aws-sdk/client-sfn';

interface TaskRequest {
  readonly taskToken: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** What Step Functions does with the tokens of its tasks, over HTTP as the SDK speaks to it (AWS JSON 1.0). Each token takes one answer. */
export class FakeStepFunctions implements AsyncDisposable {
  readonly client: SFN;
  readonly endpoint: string;
  /** Answers that were taken, in their order. */
  readonly answers: TaskRequest[] = [];
  heartbeats = 0;
  readonly #server: Server;
  readonly #tokens = new Set<string>();

  private constructor(server: Server) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.client = new SFN({
      region: 'us-east-1',
      endpoint: this.endpoint,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
      disableHostPrefix: true,
      maxAttempts: 1,
    });
  }

  static async start(): Promise<FakeStepFunctions> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const fake = new FakeStepFunctions(server);
    server.on('request', (request, response) => {
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      void (async () => {
        const { status, body } = fake.#answer(action, (await json(request)) as TaskRequest);
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(body));
      })();
    });
    return fake;
  }

  /** Begins to wait for a task. */
  wait(taskToken: string): void {
    this.#tokens.add(taskToken);
  }

  /** As after `HeartbeatSeconds` without one, or when the execution is stopped. */
  giveUp(taskToken: string): void {
    this.#tokens.delete(taskToken);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(action: string, request: TaskRequest): { readonly status: number; readonly body: object } {
    if (!this.#tokens.has(request.taskToken))
      return {
        status: 400,
        body: { __type: 'com.amazonaws.swf.service.v2.model#TaskTimedOut', message: 'Task Timed Out: Provided task does not exist anymore' },
      };
    if (action === 'SendTaskHeartbeat') {
      this.heartbeats += 1;
      return { status: 200, body: {} };
    }
    this.#tokens.delete(request.taskToken);
    this.answers.push(request);
    return { status: 200, body: {} };
  }
}
