import type { Random } from '@spotproof/world';
import type { Exchange } from './exchange.ts';
import type { RetrySpec } from './request-spec.ts';

/** When a request that ended like this is sent again, in milliseconds from now; undefined when how it ended is final. */
export function retryAfterMs(exchange: Exchange, random: Random): number | undefined {
  const { retry } = exchange.kind.spec;
  if (retry === undefined || exchange.attempt > retry.times || !mayGoBetter(exchange)) return undefined;
  return Math.max(random.integer(...retry.waitMs), Math.min(exchange.retryAfterMs ?? 0, LONGEST_WAIT_MS));
}

/** The last attempt was told to come again, and there is no more of them: the client has not got what it wanted. */
export function isGivenUp({ attempt, kind, ...exchange }: Exchange): boolean {
  return kind.spec.retry !== undefined && attempt > kind.spec.retry.times && exchange.outcome === 'answered' && saysNotNow(exchange);
}

/** How long a request may take at most with all its attempts, in milliseconds. */
export function longestMs({ timeoutMs, retry }: { readonly timeoutMs: number; readonly retry?: RetrySpec }): number {
  if (retry === undefined) return timeoutMs;
  return (retry.times + 1) * timeoutMs + retry.times * Math.max(retry.waitMs[1], LONGEST_WAIT_MS);
}

/** `Retry-After` in milliseconds; undefined for a date, which nobody's clock agrees on, and for what is neither. */
export function parseRetryAfter(value: string): number | undefined {
  return /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined;
}

/** No answer, an error of the server, or a word to come again. Another refusal would be the same again. */
function mayGoBetter(exchange: Exchange): boolean {
  switch (exchange.outcome) {
    case 'refused':
    case 'no-response-fin':
    case 'no-response-rst':
    case 'truncated-fin':
    case 'truncated-rst':
    case 'timed-out':
      return true;
    case 'answered':
    case 'bad-status':
      return (exchange.status ?? 0) >= 500 || saysNotNow(exchange);
    case 'wrong-body':
    case 'answered-twice':
    case 'garbage':
    case 'unanswered-message':
    case 'missed-event':
    case 'bad-close':
    case undefined:
      return false;
  }
}

function saysNotNow({ status, retryAfterMs }: Pick<Exchange, 'status' | 'retryAfterMs'>): boolean {
  return retryAfterMs !== undefined && NOT_NOW.has(status ?? 0);
}

/** With `Retry-After`: a conflict that passes, too early, too many. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 409, 425, 429]);
const LONGEST_WAIT_MS = 30_000;
