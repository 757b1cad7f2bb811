import { epochNow } from '../../epoch.ts';
import { readListeningSockets } from './listening-sockets.ts';

/** Looks every 50 ms whether ports still listen, all of them in one go. Sees nothing where the system does not tell. */
export class ListenerWatch {
  readonly #watched = new Map<number, (at: number) => void>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `onClosed` once, when nothing listens on the port any more. */
  watch(port: number, onClosed: (at: number) => void): void {
    this.#watched.set(port, onClosed);
    this.#timer ??= setInterval(() => this.#look(), POLL_MS);
  }

  /** The process behind the port is gone: looks a last time. */
  finish(port: number): void {
    if (this.#watched.has(port)) this.#look();
    this.#forget(port);
  }

  stop(): void {
    this.#watched.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const sockets = readListeningSockets();
    if (sockets === undefined) {
      this.stop();
      return;
    }
    const open = new Set(sockets.map((socket) => socket.port));
    for (const [port, onClosed] of this.#watched) {
      if (open.has(port)) continue;
      this.#forget(port);
      onClosed(epochNow());
    }
  }

  #forget(port: number): void {
    this.#watched.delete(port);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const POLL_MS = 50;
