import { invalid } from '../process/settings.ts';

/** 1012: the service restarts, come back. 1001: it goes away, for clients that know no other. (IANA, WebSocket Close Code Number Registry.) */
export type DrainCloseCode = 1012 | 1001;

export interface CloseOptions {
  /** What clients are told. Default 1012. */
  readonly code?: DrainCloseCode;
  /** At most 123 octets of UTF-8. Default `service restart`. */
  readonly reason?: string;
  /** Over how many milliseconds the closes are spread, 0 or more. Default: 3000, or 2 for each client if that is more. The budget may allow less. */
  readonly spreadMs?: number;
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function readCloseOptions({ code = 1012, reason = 'service restart' }: CloseOptions): {
  readonly code: DrainCloseCode;
  readonly reason: string;
} {
  if (code !== 1012 && code !== 1001) throw invalid('code', '1012 or 1001', code);
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > LONGEST_REASON)
    throw invalid('reason', `at most ${LONGEST_REASON} octets of text`, reason);
  return { code, reason };
}

/** A control frame carries 125 octets, two of which are the code (RFC 6455, 5.5). */
const LONGEST_REASON = 123;
