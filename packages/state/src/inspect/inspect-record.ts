import { decodeCheckpoint } from '../jobs/checkpoint.ts';
import { decodeResponse } from '../http/stored-response.ts';
import { decodeError, open } from '../payload/index.ts';
import type { ClaimRecord } from '../protocol/index.ts';

/** What the bytes of a record say, as far as they are of a form of this package. */
export interface Inspection {
  readonly data: InspectedPayload;
  readonly result: InspectedPayload;
}

/** `bytes` is the size of the value itself, wherever it is. */
export type InspectedPayload =
  | { readonly kind: 'empty' }
  /** A value of the default codec. `value` is undefined where the work returned nothing. */
  | { readonly kind: 'json'; readonly bytes: number; readonly value: unknown }
  | { readonly kind: 'checkpoint'; readonly bytes: number; readonly input: unknown; readonly state: unknown; readonly steps: readonly string[] }
  /** `body` is undefined where it was not kept. */
  | { readonly kind: 'response'; readonly bytes: number; readonly status: number; readonly body: Uint8Array | undefined }
  | { readonly kind: 'error'; readonly bytes: number; readonly name: string; readonly message: string; readonly code: string | undefined }
  /** The value is in the blob store, and was not looked at. */
  | { readonly kind: 'blob'; readonly bytes: number; readonly name: string; readonly sha256: string }
  /** There was a value, and it could not be kept. */
  | { readonly kind: 'omitted'; readonly reason: string }
  /** Of a codec of the user's own, or of nobody that is known here. */
  | { readonly kind: 'bytes'; readonly bytes: number };

/** For people who look at a store: never throws, whatever is in the record. */
export function inspectRecord({ kind, state, data, result }: Pick<ClaimRecord, 'kind' | 'state' | 'data' | 'result'>): Inspection {
  const isJob = kind.startsWith('job:');
  return {
    data: isJob ? opened(data, checkpointIn) : plain(data),
    result: state === 'done' ? opened(result, kind.startsWith('http:') ? responseIn : jsonIn) : errorIn(result),
  };
}

function opened(sealed: Uint8Array, read: (bytes: Uint8Array) => InspectedPayload): InspectedPayload {
  if (sealed.byteLength === 0) return { kind: 'empty' };
  try {
    const envelope = open(sealed);
    if (envelope.kind === 'omitted') return envelope;
    if (envelope.kind === 'reference') return { ...envelope.reference, kind: 'blob' };
    return read(envelope.bytes);
  } catch {
    return plain(sealed);
  }
}

function checkpointIn(bytes: Uint8Array): InspectedPayload {
  const { input, state, steps } = decodeCheckpoint(bytes);
  return { kind: 'checkpoint', bytes: bytes.byteLength, input, state: state?.value, steps: [...steps.keys()] };
}

function responseIn(bytes: Uint8Array): InspectedPayload {
  const { status, body } = decodeResponse(bytes);
  return { kind: 'response', bytes: bytes.byteLength, status, body };
}

function jsonIn(bytes: Uint8Array): InspectedPayload {
  try {
    return { kind: 'json', bytes: bytes.byteLength, value: bytes.byteLength === 0 ? undefined : JSON.parse(textOf(bytes)) };
  } catch {
    return { kind: 'bytes', bytes: bytes.byteLength };
  }
}

/** Errors stand in a record without an envelope. */
function errorIn(bytes: Uint8Array): InspectedPayload {
  if (bytes.byteLength === 0) return { kind: 'empty' };
  if (jsonIn(bytes).kind !== 'json') return plain(bytes);
  const { name, message, code } = decodeError(bytes);
  return { kind: 'error', bytes: bytes.byteLength, name, message, code };
}

function plain({ byteLength }: Uint8Array): InspectedPayload {
  return byteLength === 0 ? { kind: 'empty' } : { kind: 'bytes', bytes: byteLength };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
