import { SpotproofError } from '@spotproof/core';
import type { BlobStore } from '../blobs/blob-store.ts';
import { checkRequest, checkText } from '../check-request.ts';
import type { ExternalEffectsOptions } from '../external-effects.ts';
import { checkOnBusy, type KeyParts } from '../once/options.ts';
import { LONGEST_KIND_BYTES } from '../protocol/index.ts';
import { checkHeaderNames } from './replayed-headers.ts';

/** How requests with an `Idempotency-Key` are done once. `Request` is what the framework hands to its handlers. */
export interface HttpIdempotencyOptions<Request> extends ExternalEffectsOptions {
  /**
   * Whose request it is: the tenant, the account, as the app has authenticated it. Nobody gets the response of another scope, even under the same key. Return
   * a constant only where all callers may see each other's responses. It is an error if it is null, undefined or empty.
   */
  readonly scope: (request: Request) => KeyParts | Promise<KeyParts>;
  /** Of this service, where several share a store and may be sent the same key. At most 100 bytes. Default: `default`. */
  readonly name?: string;
  /** Whether a request without a key is refused with 400. Default true; false lets it through unguarded. */
  readonly require?: boolean | ((request: Request) => boolean);
  /** Others pass through unguarded. Default: POST and PATCH. */
  readonly methods?: readonly string[];
  /** The largest body of a request that is read, and of a response that is kept, in bytes. Default 1 MiB. A larger request is refused with 413. */
  readonly maxBodyBytes?: number;
  /** Takes responses that are too large for the store. */
  readonly overflow?: BlobStore;
  /** Headers of the response that are kept and replayed, besides {@link REPLAYED_HEADERS}. */
  readonly headers?: readonly string[];
  /**
   * Whether a response of this status is the answer to the key for good. Default: 200 to 499 but 408, 409, 425 and 429. After any other the key is free, and
   * the next request runs the handler again.
   */
  readonly keepStatus?: (status: number) => boolean;
  /** What to do while the first request is running. Default: answer 409. */
  readonly onBusy?: 'reject' | { readonly waitMs: number };
  /** Where your clients read about idempotency keys: `type` of each problem, and a link. */
  readonly docs?: string;
  /** How long the key stays taken after its process has died, in milliseconds. Default 30,000; renewed at a third of it. */
  readonly leaseMs?: number;
  /** How long a response is kept at least, in milliseconds. Default 24 hours. Tell your clients. */
  readonly keepMs?: number;
  /** A handler that has not answered after this time is taken as dead, in milliseconds: its key is free a lease later. Default 15 minutes. */
  readonly maxRunMs?: number;
  /** How long the store's answer is waited for before the client is told 503, in milliseconds. Default 5,000. */
  readonly storeTimeoutMs?: number;
}

export interface HttpSettings<Request> extends Required<
  Omit<HttpIdempotencyOptions<Request>, 'require' | 'onBusy' | 'overflow' | 'docs' | keyof ExternalEffectsOptions>
> {
  readonly isRequired: (request: Request) => boolean;
  readonly waitMs: number;
  readonly overflow: BlobStore | undefined;
  readonly docs: string | undefined;
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function httpSettings<Request>(options: HttpIdempotencyOptions<Request>): HttpSettings<Request> {
  const { scope, onBusy, methods = ['POST', 'PATCH'], headers = [], name = 'default' } = options;
  if (typeof scope !== 'function')
    throw invalid(`scope must be a function, got ${typeof scope}: without it one tenant is answered with the response of another`);
  checkText('name', name, LONGEST_KIND_BYTES - 'http:'.length);
  checkOnBusy(onBusy, 'reject');
  checkHeaderNames(headers);
  const settings = {
    scope,
    name,
    isRequired: requirement(options.require ?? true),
    methods: methods.map((method) => method.toUpperCase()),
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
    overflow: options.overflow,
    headers: headers.map((header) => header.toLowerCase()),
    keepStatus: options.keepStatus ?? isFinal,
    waitMs: typeof onBusy === 'object' ? onBusy.waitMs : 0,
    docs: checkedDocs(options.docs),
    leaseMs: options.leaseMs ?? 30_000,
    keepMs: options.keepMs ?? 86_400_000,
    maxRunMs: options.maxRunMs ?? 900_000,
    storeTimeoutMs: options.storeTimeoutMs ?? 5000,
  };
  checkRequest({ leaseMs: settings.leaseMs, keepMs: settings.keepMs }, Infinity);
  for (const name of ['maxBodyBytes', 'maxRunMs', 'storeTimeoutMs'] as const)
    if (!(settings[name] >= 1)) throw invalid(`${name} must be at least 1, got ${String(settings[name])}`);
  return settings;
}

function requirement<Request>(required: boolean | ((request: Request) => boolean)): (request: Request) => boolean {
  return typeof required === 'function' ? required : () => required;
}

/** Those that say "not now" are no answer; nor is a failure of the server, which a killed one could not have recorded either. */
function isFinal(status: number): boolean {
  return status >= 200 && status < 500 && !TRY_AGAIN.has(status);
}

function checkedDocs(docs: string | undefined): string | undefined {
  if (docs === undefined || (URL.canParse(docs) && !/[\s<>"]/.test(docs))) return docs;
  throw invalid(`docs must be a URL, got ${JSON.stringify(docs)}`);
}

function invalid(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${sentence}.`);
}

const TRY_AGAIN = new Set([408, 409, 425, 429]);
