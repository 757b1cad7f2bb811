import { STATUS_CODES } from 'node:http';
import type { Answer, Header } from './answer.ts';

/** What clients may compare: stable, and in each problem as `code`. */
export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemOptions {
  readonly docs: string | undefined;
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
  /** Members of the problem beside those of RFC 9457. */
  readonly members?: Readonly<Record<string, number>>;
}

/** `application/problem+json` of RFC 9457. */
export function problem(code: ProblemCode, { docs, detail, retryAfterSeconds, members }: ProblemOptions): Answer {
  const { status, title } = PROBLEMS[code];
  const headers: Header[] = [
    ['content-type', 'application/problem+json'],
    ['cache-control', 'no-store'],
  ];
  if (docs !== undefined) headers.push(['link', `<${docs}>; rel="describedby"`]);
  if (retryAfterSeconds !== undefined) headers.push(['retry-after', String(retryAfterSeconds)]);
  // RFC 9457, 4.2.1: without a type of its own a problem has the title of its status.
  const kind = docs === undefined ? { type: 'about:blank', title: STATUS_CODES[status] } : { type: docs, title };
  const body = { ...kind, status, detail: detail ?? PROBLEMS[code].detail, code, ...members };
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}

const PROBLEMS = {
  'idempotency-key-missing': {
    status: 400,
    title: 'Idempotency-Key is missing',
    detail: 'Send a header Idempotency-Key with a value that is new for each operation, and the same when you try it again.',
  },
  'idempotency-key-malformed': { status: 400, title: 'Idempotency-Key is malformed', detail: '' },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency-Key was used for another request',
    detail: 'This key came before with another method, path, query or body. Nothing was done. Use a new key for a new request.',
  },
  'idempotency-request-running': {
    status: 409,
    title: 'The first request is still running',
    detail: 'A request with this key has not been answered yet. Send the same request again later.',
  },
  'idempotency-request-overtaken': {
    status: 409,
    title: 'Another request has taken over',
    detail:
      'This request took longer than its key was held, and another one with the same key has taken over. Send the same request again for its response.',
  },
  'idempotency-response-not-kept': {
    status: 409,
    title: 'Done, and the response was not kept',
    detail: 'A request with this key was carried out, and is not carried out again. Its response was a stream or too large to be kept.',
  },
  'idempotency-body-too-large': { status: 413, title: 'The body is too large', detail: '' },
  'idempotency-store-unavailable': {
    status: 503,
    title: 'Idempotency keys cannot be checked',
    detail: 'Nothing was done. Send the same request again later.',
  },
  'idempotency-outcome-unknown': {
    status: 503,
    title: 'The response could not be recorded',
    detail: 'The request may have been carried out. Send the same request again, with the same key.',
  },
  'idempotency-scope-missing': { status: 500, title: 'Nobody knows whose request it is', detail: '' },
  'idempotency-handler-failed': { status: 500, title: 'The request failed', detail: 'Send the same request again, with the same key.' },
} as const satisfies Record<string, { readonly status: number; readonly title: string; readonly detail: string }>;
