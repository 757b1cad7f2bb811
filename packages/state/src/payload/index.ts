export type { Codec } from './codec.ts';
export { inline, omitted, open } from './envelope.ts';
export { digestOf, fingerprintOf } from './fingerprint.ts';
export { jsonCodec } from './json-codec.ts';
export { Payloads } from './payloads.ts';
export { decodeError, encodeError, type StoredError } from './stored-error.ts';
