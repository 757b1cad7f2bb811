export { claimOf } from './claim-of.ts';
export { idempotentHttp, type HttpIdempotency, type NodeHandler } from './node/idempotent-http.ts';
export type { HttpIdempotencyOptions } from './options.ts';
export type { ProblemCode } from './problem.ts';
export { REPLAYED_HEADERS } from './replayed-headers.ts';
export type { NodeRequest } from './node/serve-once.ts';
