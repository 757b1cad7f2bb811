import type { Server as HttpServer } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import { Server as NetServer } from 'node:net';

export type ProtectableServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/**
 * True for a server of `node:http`, `node:https` or `node:http2`. Recognised by its features: the classes are not related, and loading the modules
 * only to compare would cost every process that a preload reaches.
 */
export function isProtectable(value: unknown): value is ProtectableServer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'emit' in value &&
    (('keepAliveTimeout' in value && 'closeIdleConnections' in value) || speaksHttp2(value))
  );
}

/** True for a server of `node:net` or `node:tls` itself, of which only the app knows the protocol. */
export function isPlain(value: unknown): value is NetServer {
  return value instanceof NetServer && !isProtectable(value);
}

/** True for a server of `node:http2`; one with `allowHTTP1` speaks HTTP/1.1 too. */
export function speaksHttp2(server: object): server is Http2Server | Http2SecureServer {
  return 'updateSettings' in server;
}
