import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { FrontConnection, type FrontNode } from './front-connection.ts';
import { FrontSession, type Front } from './http2-front-session.ts';
import { makeOwnCertificate } from './own-certificate.ts';
import type { ListenerProtocol } from './protocol.ts';

/** The listener of one node, not yet listening. */
export function createListener(protocol: ListenerProtocol, node: FrontNode, onFront: (front: Front) => void): Server {
  // A client may half-close after its request; node would otherwise end our side too.
  const options = { allowHalfOpen: true, noDelay: true };
  switch (protocol) {
    case 'http':
      return createServer(options, (socket) => onFront(new FrontConnection(socket, node)));
    case 'h2c':
      return createServer(options, (socket) => onFront(new FrontSession(socket, node)));
    case 'https': {
      const server = createTlsServer({ ...options, ...makeOwnCertificate(), ALPNProtocols: ['h2', 'http/1.1'] }, (socket) =>
        onFront(socket.alpnProtocol === 'h2' ? new FrontSession(socket, node) : new FrontConnection(socket, node)),
      );
      // A client that gives up in the handshake has asked nothing.
      server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
      return server;
    }
  }
}
