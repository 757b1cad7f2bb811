import type { IncomingHttpHeaders } from 'node:http2';
import { isBalancerAgent, nameOf, withoutQuery } from '../http/request-facts.ts';

/** True for a health check of a balancer, whatever its path. */
export function isBalancerHealthCheck(headers: IncomingHttpHeaders): boolean {
  return isBalancerAgent(headers['user-agent']);
}

/** True for a call of the health service that gRPC servers offer. Its `Watch` stays open for ever, so it must not be waited for. */
export function isGrpcHealthCall(headers: IncomingHttpHeaders): boolean {
  return headers[':path']?.startsWith('/grpc.health.v1.Health/') === true;
}

/** How a stream is called in reports. CONNECT has no path, but an authority. */
export function streamName(headers: IncomingHttpHeaders): string {
  return nameOf(headers[':method'], streamPath(headers));
}

export function streamPath(headers: IncomingHttpHeaders): string {
  return withoutQuery(headers[':path'] ?? headers[':authority'] ?? '/');
}
