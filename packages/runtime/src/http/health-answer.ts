import type { ServerResponse } from 'node:http';
import { readinessBody } from '../health/readiness-body.ts';
import type { Readiness } from '../health/readiness.ts';

export type HealthStatus = 'ready' | 'starting' | 'not-ready' | 'live' | 'stalled' | 'draining';

/** Answers a readiness or liveness check without the app; `readiness` adds what is known of its checks. Nothing of one answer can leak into another. */
export function answerHealth(response: ServerResponse, status: HealthStatus, readiness?: Readiness): void {
  // Its client may have gone while the checks ran.
  if (response.destroyed || response.headersSent) return;
  const { code, headers, body } = healthAnswer(status, readiness);
  response.writeHead(code, headers);
  response.end(body);
}

export function healthAnswer(
  status: HealthStatus,
  readiness: Readiness | undefined,
): { readonly code: number; readonly headers: typeof HEADERS; readonly body: string } {
  return {
    code: status === 'ready' || status === 'live' ? 200 : 503,
    headers: HEADERS,
    body: readiness === undefined ? `{"status":"${status}"}\n` : readinessBody(readiness.last(), { status, showErrors: readiness.showErrors }),
  };
}

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
