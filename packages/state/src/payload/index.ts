export type { Codec } from './codec.ts';
export { inline, omitted, open, type BlobReference, type Envelope } from './envelope.ts';
export { digestOf, fingerprintOf } from './fingerprint.ts';
export { jsonCodec } from './json-codec.ts';
export { Payloads, type PayloadsOptions, type Unpacked } from './payloads.ts';
export { decodeError, encodeError, type StoredError } from './stored-error.ts';
