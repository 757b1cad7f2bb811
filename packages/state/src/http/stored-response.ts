import { SpotproofError } from '@spotproof/core';
import type { Answer, Header } from './answer.ts';

/** A response as it is kept. Without a body where that could not be. */
export type StoredResponse = Answer | (Omit<Answer, 'body'> & { readonly body: undefined });

/** The head as JSON, behind its length in four bytes, then the body. */
export function encodeResponse({ status, headers, body }: StoredResponse): Uint8Array {
  const head = Buffer.from(JSON.stringify({ status, headers, ...(body === undefined ? { isBodyOmitted: true } : {}) }));
  const bytes = new Uint8Array(LENGTH_BYTES + head.byteLength + (body?.byteLength ?? 0));
  new DataView(bytes.buffer).setUint32(0, head.byteLength);
  bytes.set(head, LENGTH_BYTES);
  if (body !== undefined) bytes.set(body, LENGTH_BYTES + head.byteLength);
  return bytes;
}

/** @throws SpotproofError `SPOTPROOF_STORE` for what was not written by the function above. */
export function decodeResponse(bytes: Uint8Array): StoredResponse {
  try {
    const end = LENGTH_BYTES + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
    const head: unknown = JSON.parse(Buffer.from(bytes.subarray(LENGTH_BYTES, end)).toString());
    if (isHead(head)) return { status: head.status, headers: head.headers, body: head.isBodyOmitted === true ? undefined : bytes.subarray(end) };
  } catch {
    // Told below.
  }
  throw new SpotproofError('SPOTPROOF_STORE', 'A response in the store was not written by this version of Spotproof, or was changed.');
}

function isHead(value: unknown): value is { readonly status: number; readonly headers: readonly Header[]; readonly isBodyOmitted?: unknown } {
  if (typeof value !== 'object' || value === null || !('status' in value) || !('headers' in value)) return false;
  return typeof value.status === 'number' && Array.isArray(value.headers) && value.headers.every(isHeader);
}

function isHeader(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'string');
}

const LENGTH_BYTES = 4;
