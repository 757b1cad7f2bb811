import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@spotproof/core';
import { HealthChecks } from '../../../src/http/health-checks.ts';
import { Front } from '../../../src/exec/front/front.ts';
import { freePort } from '../../../src/exec/front/free-port.ts';
import { systemClock } from '../../../src/process/system-clock.ts';

export interface FrontUnderTest extends AsyncDisposable {
  readonly front: Front;
  readonly port: number;
  readonly unanswered: readonly string[];
}

/** A front before a program on this port. */
export async function startFront(programPort: number, clock: Clock = systemClock): Promise<FrontUnderTest> {
  const port = await freePort();
  const unanswered: string[] = [];
  const front = await Front.listen({
    clock,
    host: '127.0.0.1',
    port,
    program: { host: '127.0.0.1', port: programPort },
    idleMs: 65_000,
    healthChecks: new HealthChecks(),
    onRequest: () => {},
    onChange: () => {},
    onUnanswered: ({ name }) => unanswered.push(name),
  });
  return {
    front,
    port,
    unanswered,
    async [Symbol.asyncDispose]() {
      front.end();
      front.destroyConnections();
      await delay(0);
    },
  };
}

/** A program that does to each of its connections what the test says. */
export class RawProgram implements AsyncDisposable {
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(onConnection: (socket: Socket, index: number) => void): Promise<RawProgram> {
    const server = createServer((socket) => {
      program.sockets.push(socket);
      socket.on('error', () => {});
      onConnection(socket, program.sockets.length - 1);
    });
    const program = new RawProgram(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return program;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
