import { SpotproofError } from '@spotproof/core';
import type { ClaimRecord, ClaimState } from '../../protocol/index.ts';
import { LONGEST_KIND_BYTES } from '../../protocol/index.ts';

/** What the scripts pack as `HEADER`, and after it the result. Numbers are big-endian, texts end with NUL. */
export function unpackRecord(key: string, packed: Uint8Array, data: Uint8Array): ClaimRecord {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const layout = view.getUint8(0);
  if (layout !== 1) {
    throw new SpotproofError(
      'SPOTPROOF_STORE',
      `The record was written in layout ${layout}, which is newer than this code knows. Update @spotproof/state.`,
    );
  }
  const [token, afterToken] = textAt(packed, FIXED_BYTES);
  const [fingerprint, afterFingerprint] = textAt(packed, afterToken);
  const [kind, end] = textAt(packed, afterFingerprint);
  return {
    key,
    kind,
    state: STATES[view.getUint8(1)] ?? 'held',
    token,
    epoch: view.getFloat64(21),
    dueAt: view.getFloat64(5),
    keepUntil: view.getFloat64(13),
    fingerprint,
    seq: view.getFloat64(29),
    version: view.getUint32(37),
    data,
    result: packed.subarray(end),
    failures: view.getUint32(41),
    interruptions: view.getUint32(45),
    stalls: view.getUint32(49),
  };
}

/** What an answer needs of a record that is settled. */
interface Settled {
  readonly state: 'done' | 'failed';
  readonly epoch: number;
  readonly result: Uint8Array;
}

/** Of a record in the layout of this code. @param fingerprint What the record's must be, unless undefined. */
export function unpackSettled(packed: Buffer, fingerprint: string | undefined): Settled | 'mismatch' {
  if (fingerprint !== undefined) {
    const start = FIXED_BYTES + packed.readUInt8(4) + 1;
    if (packed.toString('utf8', start, packed.indexOf(0, start)) !== fingerprint) return 'mismatch';
  }
  const end = packed.readUInt16BE(2) - 1;
  return {
    state: packed.readUInt8(1) === 2 ? 'done' : 'failed',
    epoch: packed.readDoubleBE(21),
    // Plain bytes, as every store gives them.
    result: new Uint8Array(packed.buffer, packed.byteOffset + end, packed.byteLength - end),
  };
}

function textAt(packed: Uint8Array, start: number): readonly [text: string, next: number] {
  const end = packed.indexOf(0, start);
  return [UTF8.decode(packed.subarray(start, end)), end + 1];
}

const UTF8 = new TextDecoder();
const STATES: readonly ClaimState[] = ['pending', 'held', 'done', 'failed'];
const FIXED_BYTES = 56;

/** A digest is shorter by far. */
export const LONGEST_FINGERPRINT_BYTES = 512;
/** As much of a record as holds all but its result. */
export const SUMMARY_BYTES = FIXED_BYTES + 64 + LONGEST_FINGERPRINT_BYTES + LONGEST_KIND_BYTES + 3;
