import { SpotproofError } from '@spotproof/core';
import type { ListenerProtocol, ProtocolVersion } from '../balancer/protocol.ts';
import type { RequestSpec } from './request-spec.ts';

/**
 * What a kind of request needs of the listener and of the target group.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` when it could only ever fail.
 */
export function checkProtocols(spec: RequestSpec, listener: ListenerProtocol, protocolVersion?: ProtocolVersion): void {
  const { name, grpc } = spec;
  if (grpc !== undefined) {
    if (listener === 'http') refuse(name, 'a gRPC call needs a listener that speaks HTTP/2', '--listener https or h2c');
    if (protocolVersion === 'http1') refuse(name, 'targets of protocol version http1 take no gRPC calls', '--protocol-version grpc');
  }
  if (spec.websocket === undefined && spec.eventStream === undefined) return;
  const what = spec.websocket === undefined ? 'event streams of this load speak' : 'WebSockets speak';
  if (listener === 'h2c') refuse(name, `${what} HTTP/1.1`, '--listener http or https');
  if (protocolVersion !== undefined && protocolVersion !== 'http1') {
    refuse(name, `${what} HTTP/1.1, to which a target group of protocol version ${protocolVersion} answers 464`, '--protocol-version http1');
  }
}

function refuse(name: string, why: string, choice: string): never {
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${name}: ${why}. Choose ${choice}, or remove the entry.`, { details: { name, why } });
}
