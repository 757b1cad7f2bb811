import type { Ending, Outcome } from './client-record.ts';

export interface CloseFacts {
  /** What the client saw; 1006 when the connection ended without a close frame, 1005 when the frame had no code. */
  readonly code: number;
  /** The client had closed first. */
  readonly byClient: boolean;
  /** How long each message without an echo had been out, in milliseconds. */
  readonly outstandingMs: readonly number[];
  /** How a connection without a close frame ended. */
  readonly how: 'fin' | 'rst';
}

export interface CloseJudgement {
  readonly outcome: Outcome;
  readonly ending: Ending;
  /** For a person. */
  readonly detail: string | undefined;
}

/**
 * What the end of a WebSocket means. 1001 (going away) and 1012 (service restart) tell the client to come back; RFC 6455, 7.4 and the IANA registry of close
 * codes. A message that crosses with the server's close frame may go unread (RFC 6455, 1.4), so it is no loss: the client sends it again elsewhere. One that had
 * been out for longer was taken and not answered.
 */
export function judgeClose({ code, byClient, outstandingMs, how }: CloseFacts): CloseJudgement {
  const oldest = Math.max(-1, ...outstandingMs);
  if (byClient) return { outcome: 'answered', ending: 'by-client', detail: undefined };
  if (code === NO_CLOSE_FRAME) {
    const detail = `expected a close frame, got a connection ${how === 'fin' ? 'closed' : 'reset'} by the other side without one (1006)`;
    return { outcome: how === 'fin' ? 'truncated-fin' : 'truncated-rst', ending: 'cut', detail };
  }
  const ending = RECONNECT_CODES.has(code) ? 'told-to-reconnect' : 'by-server';
  if (!RECONNECT_CODES.has(code) && !QUIET_CODES.has(code))
    return { outcome: 'bad-close', ending, detail: `expected close code 1012, 1001 or 1000, got ${code}` };
  if (oldest <= CROSSING_MS) return { outcome: 'answered', ending, detail: undefined };
  const detail = `expected an echo of each message, got close code ${code} with one unanswered for ${Math.round(oldest)} ms`;
  return { outcome: 'unanswered-message', ending, detail };
}

const NO_CLOSE_FRAME = 1006;
const RECONNECT_CODES: ReadonlySet<number> = new Set([1001, 1012]);
/** Normal closure, and a close frame without a code. */
const QUIET_CODES: ReadonlySet<number> = new Set([1000, 1005]);
/** Generous for a round trip on loopback, since a busy machine delays the close itself. */
const CROSSING_MS = 1000;
