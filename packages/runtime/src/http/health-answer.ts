import type { ServerResponse } from 'node:http';

/** Answers a readiness or liveness check without the app. The bodies are constants: nothing of one answer can leak into another. */
export function answerHealth(response: ServerResponse, status: 'ready' | 'live' | 'draining'): void {
  response.writeHead(status === 'draining' ? 503 : 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(BODIES[status]);
}

const BODIES = { ready: '{"status":"ready"}\n', live: '{"status":"live"}\n', draining: '{"status":"draining"}\n' } as const;
