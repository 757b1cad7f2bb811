import { SpotproofError } from '@spotproof/core';

/** What stands in a record where a payload is meant. The first byte says which. */
export type Envelope =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  /** The bytes are in the blob store. */
  | { readonly kind: 'reference'; readonly reference: BlobReference }
  /** There was a value, and it is not kept. */
  | { readonly kind: 'omitted'; readonly reason: string };

export interface BlobReference {
  readonly name: string;
  /** Of the content, in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export function inline(bytes: Uint8Array): Uint8Array {
  // From the pool of Node: memory of its own costs more than all that is done with it.
  const { buffer, byteOffset } = Buffer.allocUnsafe(bytes.byteLength + 1);
  const sealed = new Uint8Array(buffer, byteOffset, bytes.byteLength + 1);
  sealed[0] = INLINE;
  sealed.set(bytes, 1);
  return sealed;
}

export function reference({ name, sha256, bytes }: BlobReference): Uint8Array {
  return tagged(REFERENCE, JSON.stringify({ name, sha256, bytes }));
}

/** @param reason A sentence for whoever asks for the value. */
export function omitted(reason: string): Uint8Array {
  return tagged(OMITTED, reason.slice(0, LONGEST_REASON).toWellFormed());
}

/** @throws SpotproofError `SPOTPROOF_STORE` when no envelope has been written there. */
export function open(sealed: Uint8Array): Envelope {
  const content = sealed.subarray(1);
  if (sealed[0] === INLINE) return { kind: 'inline', bytes: content };
  if (sealed[0] === REFERENCE) return { kind: 'reference', reference: readReference(content) };
  if (sealed[0] === OMITTED) return { kind: 'omitted', reason: textOf(content) };
  throw foreign(`begins with ${sealed[0] ?? 'nothing'}`);
}

function readReference(content: Uint8Array): BlobReference {
  let value: unknown;
  try {
    value = JSON.parse(textOf(content));
  } catch {
    throw foreign('holds no JSON');
  }
  if (typeof value === 'object' && value !== null && 'name' in value && 'sha256' in value && 'bytes' in value) {
    const { name, sha256, bytes } = value;
    if (typeof name === 'string' && typeof sha256 === 'string' && typeof bytes === 'number') return { name, sha256, bytes };
  }
  throw foreign('lacks name, sha256 or bytes');
}

function foreign(what: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', `A payload in the store was not written by this version of Spotproof, or was changed: it ${what}.`);
}

function tagged(tag: number, text: string): Uint8Array {
  const content = Buffer.from(text);
  const sealed = new Uint8Array(content.byteLength + 1);
  sealed[0] = tag;
  sealed.set(content, 1);
  return sealed;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

const INLINE = 1;
const REFERENCE = 2;
const OMITTED = 3;
const LONGEST_REASON = 1000;
