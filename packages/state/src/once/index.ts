export { once, type OnceFunction } from './once.ts';
export type { KeyPart, KeyParts, OnceOptions } from './options.ts';
