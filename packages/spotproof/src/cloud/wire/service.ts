import type { ServiceModel } from './service-model.ts';

/** One AWS service as it is served: what it takes and gives, how it is spoken to, and what answers. */
export interface CloudService {
  readonly name: string;
  readonly model: ServiceModel;
  readonly protocol:
    | {
        readonly kind: 'json';
        readonly version: '1.0' | '1.1';
        readonly targetPrefix: string;
        /** The name of the exception behind a code, for a service where they differ because it once spoke the query protocol. */
        readonly exceptionOf?: (code: string) => string;
      }
    /** `signingName` is what tells it from others: a form names no service. */
    | { readonly kind: 'query'; readonly namespace: string; readonly signingName: string };
  /** The code of a refusal of an input that does not fit the model. */
  readonly invalidInputCode: string;
  /** One for each operation that is served. */
  readonly operations: Readonly<Record<string, Operation>>;
}

/**
 * Takes an input that the model has approved, so that a handler may be written with the types of the AWS SDK, and gives what the model says; instants
 * as `Date`.
 *
 * @throws {CloudFault}
 */
export type Operation = (input: never, caller: Caller) => unknown;

export interface Caller {
  /** Aborted when the caller is gone: a long poll need not go on. */
  readonly signal: AbortSignal;
}
