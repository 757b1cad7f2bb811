import { SpotproofError } from '@spotproof/core';
import type { Header } from './answer.ts';

/** What says something of the body, or where the result is. All else belongs to one exchange: cookies, dates, limits, credentials, CORS. */
export const REPLAYED_HEADERS: ReadonlySet<string> = new Set([
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
]);

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for one that must not be replayed. */
export function checkHeaderNames(names: readonly string[]): void {
  for (const name of names) {
    if (!NAME.test(name)) throw invalid(`headers must be names of headers, got ${JSON.stringify(name)}`);
    if (NEVER_REPLAYED.has(name.toLowerCase()))
      throw invalid(`headers must not have ${name}: it belongs to one exchange, and would be given to whoever asks again`);
  }
}

/** @param extra In lower case. */
export function replayed(headers: Iterable<Header>, extra: readonly string[]): Header[] {
  return [...headers].filter(([name]) => REPLAYED_HEADERS.has(name.toLowerCase()) || extra.includes(name.toLowerCase()));
}

function invalid(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${sentence}.`);
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const NEVER_REPLAYED = new Set([
  'authentication-info',
  'authorization',
  'connection',
  'content-length',
  'date',
  'idempotency-replayed',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'set-cookie2',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);
