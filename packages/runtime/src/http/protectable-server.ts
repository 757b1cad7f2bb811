import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';

export type ProtectableServer = HttpServer | HttpsServer;

/**
 * True for a server of `node:http` or `node:https`. Recognised by its features: the two classes are not related, and loading the modules only to
 * compare would cost every process that a preload reaches.
 */
export function isProtectable(value: unknown): value is ProtectableServer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'keepAliveTimeout' in value &&
    'closeIdleConnections' in value &&
    'emit' in value &&
    // HTTP/2 servers have these features too when they also speak HTTP/1.1.
    !('updateSettings' in value)
  );
}
