export { once } from './once.ts';
export type { OnceFunction } from './once-function.ts';
export { onceInTransaction, type OnceInTransactionOptions } from './once-in-transaction.ts';
export type { KeyPart, KeyParts, OnceOptions } from './options.ts';
