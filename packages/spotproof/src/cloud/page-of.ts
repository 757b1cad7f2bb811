import { CloudFault } from './wire/fault.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Undefined after the last page. */
  readonly nextToken: string | undefined;
}

/** One page of a list, in the way of the `List` calls. @throws {CloudFault} for a token that no page gave. */
export function pageOf<Item>(
  all: readonly Item[],
  { nextToken, size, invalidCode }: { readonly nextToken: string | undefined; readonly size: number; readonly invalidCode: string },
): Page<Item> {
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64url').toString());
  if (!Number.isInteger(start) || (nextToken !== undefined && start < 1)) throw new CloudFault(invalidCode, 'Invalid token');
  const end = start + size;
  return { items: all.slice(start, end), nextToken: end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined };
}
