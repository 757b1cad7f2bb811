import type { Server, Socket } from 'node:net';
import { Spread } from './life/spread.ts';
import type { SharedLifecycle } from './life/lifecycle.ts';
import { invalid } from './process/settings.ts';

export interface TcpOptions {
  /**
   * Says goodbye in the protocol's own words, and ends the connection if that is what it means. Called once for each connection that is open when
   * lingering ends. Default: connections are left to end by themselves, and get a FIN shortly before the budget is used up.
   */
  readonly goodbye?: (socket: Socket) => void;
  /** Over how many milliseconds the goodbyes are spread, 0 or more. Default: 3000, or 2 for each connection if that is more. */
  readonly spreadMs?: number;
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` naming the option. */
export function sayGoodbye(life: SharedLifecycle, server: Server, { goodbye, spreadMs }: TcpOptions): void {
  if (goodbye === undefined) return;
  if (typeof goodbye !== 'function') throw invalid('goodbye', 'a function', goodbye);
  const told = new WeakSet<Socket>();
  const tell = (socket: Socket): void => {
    if (told.has(socket) || socket.destroyed) return;
    told.add(socket);
    try {
      goodbye(socket);
    } catch (error) {
      life.warn(`goodbye() of a TCP server threw: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const spread = new Spread<Socket>({ life, spreadMs, open: () => life.socketsOf(server), end: tell, endNow: tell });
  server.on('connection', (socket) => spread.joined(socket));
}
