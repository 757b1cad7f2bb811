import { sharedLifecycle } from '../life/shared.ts';
import { invalid } from '../process/settings.ts';
import type { Protection } from '../protection.ts';
import { readCloseOptions, type CloseOptions } from './close-code.ts';
import { Spread } from '../life/spread.ts';
import { closeWebSocket, type ClosableWebSocket } from './web-socket-close.ts';

export type { ClosableWebSocket, CloseOptions };
export type { DrainCloseCode } from './close-code.ts';

export interface WebSocketOptions<Client> extends CloseOptions {
  /**
   * Runs for each client just before its close: the last chance to send something. The close waits for it, though not beyond `stop`, and does not
   * care whether it fails; the report says that it did.
   */
  readonly beforeClose?: (client: Client, context: { readonly stop: AbortSignal }) => unknown;
}

/** What is used of a `WebSocketServer` of the package `ws`. */
export interface ClosableWebSocketServer<Client extends ClosableWebSocket> {
  readonly clients: ReadonlySet<Client>;
  on(event: 'connection', listener: (client: Client) => void): unknown;
}

/**
 * Has every client of this server told to come back (close code 1012) when lingering ends: not before, since until then its connection works, and not all at
 * the same instant. Clients that connect while the process lingers are served like any other. Protect the HTTP server below as well.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const life = protect(server);
 * protectWebSockets(new WebSocketServer({ server }), life, { beforeClose: (client) => client.send('{"type":"bye"}') });
 */
export function protectWebSockets<Client extends ClosableWebSocket>(
  server: ClosableWebSocketServer<Client>,
  life: Pick<Protection, 'events' | 'phase' | 'stop'>,
  options: WebSocketOptions<Client> = {},
): void {
  // Without `clientTracking` it is undefined, whatever its type says.
  if (!(server.clients instanceof Set)) throw invalid('server', 'a WebSocketServer of "ws" with clientTracking', server);
  const { beforeClose } = options;
  if (beforeClose !== undefined && typeof beforeClose !== 'function') throw invalid('beforeClose', 'a function', beforeClose);
  const { code, reason } = readCloseOptions(options);
  const close = (client: Client): void => closeWebSocket(client, code, reason);
  const spread = new Spread<Client>({
    life,
    spreadMs: options.spreadMs,
    open: () => server.clients,
    end: beforeClose === undefined ? close : (client) => void afterHook(client, beforeClose, life.stop).then(() => close(client)),
    endNow: close,
  });
  server.on('connection', (client) => spread.joined(client));
}

async function afterHook<Client>(client: Client, hook: NonNullable<WebSocketOptions<Client>['beforeClose']>, stop: AbortSignal): Promise<void> {
  try {
    await hook(client, { stop });
  } catch (error) {
    sharedLifecycle().warn(`beforeClose of a WebSocket failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
