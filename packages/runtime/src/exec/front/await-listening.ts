import { connect } from 'node:net';
import type { Clock } from '@spotproof/core';

/** Waits until something accepts connections on this port of this machine, and says at which address; undefined once `isOver`. */
export async function awaitListening(options: {
  readonly port: number;
  readonly clock: Clock;
  readonly isOver: () => boolean;
}): Promise<string | undefined> {
  while (!options.isOver()) {
    for (const host of LOOPBACK) if (await accepts(host, options.port)) return host;
    await new Promise<void>((resolve) => {
      options.clock.schedule(POLL_MS, resolve);
    });
  }
  return undefined;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const LOOPBACK = ['127.0.0.1', '::1'];
const POLL_MS = 25;
