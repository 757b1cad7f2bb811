import type { ClaimRecord, ClaimState, ClaimSummary } from '@spotproof/state';
import type { InspectedPayload, Inspection } from '@spotproof/state/inspect';

/** One record for people and scripts. All times are ISO 8601, by the clock of the store. */
export interface SummaryDocument {
  /** Of the record, as the store has it. */
  readonly key: string;
  /** What it is for: `job:<name>`, `once:<name>`, `http:<name>`, `lease`, or one of a preset. */
  readonly kind: string;
  /** `pending`, `held`, `done` or `failed`. */
  readonly state: ClaimState;
  /** Pending or held, and whoever asks now gets it. By this machine's clock. */
  readonly claimable: boolean;
  /** `held`: when the lease ends. `pending`: from when on it may be claimed. `done`, `failed`: when it was settled. */
  readonly dueAt: string;
  /** `forever`, or when it may be removed. */
  readonly keepUntil: string;
  /** Grows with each attempt at the key; what `purge --force` wants. */
  readonly epoch: number;
  /** When the key was last claimed, or added: an epoch is made from that time. */
  readonly epochBeganAt: string;
  /** Checkpoints so far. */
  readonly seq: number;
  /** Of the code that wrote the last one. */
  readonly version: number;
  /** Attempts that ended with an error. */
  readonly failures: number;
  /** Attempts that were handed over, or taken over after their lease. */
  readonly interruptions: number;
  /** Of those, taken over since the last checkpoint. */
  readonly stalls: number;
}

/** What `show` has besides. */
export interface RecordDocument extends SummaryDocument {
  /** Of the attempt that holds it, or that was the last one. */
  readonly token: string;
  /** A digest of the input; empty where none is kept. */
  readonly fingerprint: string;
  /** What it began with, or its last checkpoint. */
  readonly data: PayloadDocument;
  /** `done`: the result. `failed`: the error. `pending`: the error of the last attempt, if there was one. */
  readonly result: PayloadDocument;
}

export interface PayloadDocument {
  /**
   * `empty`, `json`, `checkpoint` of a job, `response`, `error`, `blob` (it is in the blob store), `omitted` (it could not be kept), or `bytes` of a form that is
   * not known here.
   */
  readonly kind: InspectedPayload['kind'];
  /** In the record. */
  readonly storedBytes: number;
  /** Of the value, also where that is in a blob store. */
  readonly bytes?: number;
  /** The beginning of what it says. */
  readonly preview?: string;
  /** Of a checkpoint: the steps whose results it holds. */
  readonly steps?: readonly string[];
  /** Of a response. */
  readonly status?: number;
  /** Where it is: `name` and `sha256`. */
  readonly blob?: { readonly name: string; readonly sha256: string };
  /** Why it was not kept. */
  readonly reason?: string;
}

export function summaryDocument(record: ClaimSummary, nowMs: number): SummaryDocument {
  const { key, kind, state, dueAt, keepUntil, epoch, seq, version, failures, interruptions, stalls } = record;
  return {
    key,
    kind,
    state,
    claimable: (state === 'pending' || state === 'held') && dueAt <= nowMs,
    dueAt: isoTime(dueAt),
    keepUntil: keepUntil >= LATEST_MS ? 'forever' : isoTime(keepUntil),
    epoch,
    epochBeganAt: isoTime(Math.floor(epoch / EPOCHS_PER_MS)),
    seq,
    version,
    failures,
    interruptions,
    stalls,
  };
}

export function recordDocument(
  record: ClaimRecord,
  inspection: Inspection,
  { nowMs, previewLength }: { readonly nowMs: number; readonly previewLength: number },
): RecordDocument {
  return {
    ...summaryDocument(record, nowMs),
    token: record.token,
    fingerprint: record.fingerprint,
    data: payloadDocument(inspection.data, record.data.byteLength, previewLength),
    result: payloadDocument(inspection.result, record.result.byteLength, previewLength),
  };
}

function payloadDocument(payload: InspectedPayload, storedBytes: number, previewLength: number): PayloadDocument {
  const { kind } = payload;
  const preview = (text: string | undefined): { readonly preview?: string } =>
    text === undefined || text === '' || previewLength === 0
      ? {}
      : { preview: text.length > previewLength ? `${text.slice(0, previewLength).replace(/[\uD800-\uDBFF]$/, '')}…` : text };
  switch (payload.kind) {
    case 'empty':
      return { kind, storedBytes };
    case 'json':
      return { kind, storedBytes, bytes: payload.bytes, ...preview(JSON.stringify(payload.value)) };
    case 'checkpoint': {
      const { bytes, input, state, steps } = payload;
      return { kind, storedBytes, bytes, steps, ...preview(JSON.stringify({ input, state })) };
    }
    case 'response':
      return {
        kind,
        storedBytes,
        bytes: payload.bytes,
        status: payload.status,
        ...preview(payload.body === undefined ? undefined : textOf(payload.body)),
      };
    case 'error': {
      const { bytes, name, message, code } = payload;
      return { kind, storedBytes, bytes, ...preview(`${name}${code === undefined ? '' : ` [${code}]`}: ${message}`) };
    }
    case 'blob':
      return { kind, storedBytes, bytes: payload.bytes, blob: { name: payload.name, sha256: payload.sha256 } };
    case 'omitted':
      return { kind, storedBytes, reason: payload.reason };
    case 'bytes':
      return { kind, storedBytes, bytes: payload.bytes };
  }
}

/** Undefined for what is no text. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function isoTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), LATEST_MS)).toISOString();
}

/** As the protocol of claims makes an epoch from the time. */
const EPOCHS_PER_MS = 1024;
/** The last instant that a `Date` can hold, by which the protocol says "for ever". */
const LATEST_MS = 8_640_000_000_000_000;
