import type { IncomingMessage } from 'node:http';

/** Each header `Idempotency-Key`. */
export function sentKeys({
  headers,
  headersDistinct,
}: Pick<IncomingMessage, 'headers'> & Partial<Pick<IncomingMessage, 'headersDistinct'>>): readonly string[] {
  // HTTP/2 has no such list, and joins what came twice.
  const distinct = headersDistinct === undefined ? headers['idempotency-key'] : headersDistinct['idempotency-key'];
  return distinct === undefined ? [] : [distinct].flat();
}
