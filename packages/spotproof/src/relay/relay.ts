import { createServer, type AddressInfo, type Server } from 'node:net';
import type { RelayFault } from './protocol.ts';
import { RelayConnection } from './relay-connection.ts';

/**
 * Stands on loopback between the balancer and one task, health checks included. Until a fault begins it is transparent: raw bytes both ways, and a half-close or a
 * reset on one side becomes the same on the other. One thing differs from the app itself: where nobody listens behind it, a connection is reset and not refused.
 */
export class Relay {
  readonly #targetPort: number;
  readonly #connections = new Set<RelayConnection>();
  readonly #server: Server;
  #fault: RelayFault | undefined;

  /** @param targetPort Where the task listens, on 127.0.0.1. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new RelayConnection({
        socket,
        targetPort: this.#targetPort,
        fault: this.#fault,
        onOver: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });
  }

  /** Resolves to the port that the balancer is to use. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }, () => {
        // A server that listens on TCP has an address of that kind.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  begin(fault: RelayFault): void {
    this.#setFault(fault);
  }

  end(): void {
    this.#setFault(undefined);
  }

  /** Cuts everything. */
  destroy(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #setFault(fault: RelayFault | undefined): void {
    this.#fault = fault;
    for (const connection of this.#connections) connection.setFault(fault);
  }
}

/** As Node's own default. */
const BACKLOG = 511;
