import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { PlannedBody } from './schedule.ts';
import type { Expectation } from './request-spec.ts';
import type { Outcome } from './client-record.ts';

export interface Judgement {
  readonly outcome: Outcome;
  readonly detail: string | undefined;
}

/** What a complete answer is compared with: made once for each kind of request. */
export class AnswerCheck {
  readonly #statuses: readonly number[] | undefined;
  readonly #equals: Buffer | undefined;
  readonly #contains: Buffer | undefined;
  readonly #endsWith: Buffer | undefined;
  readonly #sha1: boolean;
  /** The body decides too: its octets have to be shown to a {@link BodyReader}. */
  readonly readsBody: boolean;

  constructor(expect: Expectation) {
    this.#statuses = expect.status === undefined ? undefined : typeof expect.status === 'number' ? [expect.status] : expect.status;
    this.#equals = expect.bodyEquals === undefined ? undefined : Buffer.from(expect.bodyEquals, 'utf8');
    this.#contains = needle(expect.bodyContains);
    this.#endsWith = needle(expect.bodyEndsWith);
    this.#sha1 = expect.bodyHasSha1OfRequest ?? false;
    this.readsBody = this.#sha1 || [this.#equals, this.#contains, this.#endsWith].some((wanted) => wanted !== undefined);
  }

  /** A reader for the body of one answer to a request with this body. */
  read(sent: PlannedBody | undefined): BodyReader {
    return new BodyReader({ equals: this.#equals, contains: this.#contains, endsWith: this.#endsWith, sha1: this.#sha1 ? sha1Hex(sent) : undefined });
  }

  /** Without an expected status, any below 500 will do. */
  judge(status: number, body: BodyReader | undefined): Judgement {
    const statuses = this.#statuses;
    if (statuses === undefined ? status >= 500 : !statuses.includes(status)) {
      return { outcome: 'bad-status', detail: `expected ${statuses === undefined ? 'a status below 500' : statuses.join(' or ')}, got ${status}` };
    }
    const wrong = body?.complaint();
    return wrong === undefined ? ANSWERED : { outcome: 'wrong-body', detail: wrong };
  }
}

interface Wanted {
  readonly equals: Buffer | undefined;
  readonly contains: Buffer | undefined;
  readonly endsWith: Buffer | undefined;
  readonly sha1: Buffer | undefined;
}

/** Compares a body while it comes, keeping no more of it than the longest thing it looks for. */
export class BodyReader {
  readonly #wanted: Wanted;
  readonly #keep: number;
  readonly #found = { contains: false, sha1: false };
  #same = true;
  #octets = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.#keep = Math.max(SHOWN, ...[wanted.contains, wanted.endsWith, wanted.sha1].map((wantedText) => wantedText?.length ?? 0));
  }

  /** The piece may be a view into a buffer that is used again afterwards. */
  take(piece: Uint8Array): void {
    const { equals, contains, sha1 } = this.#wanted;
    if (equals !== undefined && this.#same) this.#same = equals.subarray(this.#octets, this.#octets + piece.length).equals(piece);
    this.#octets += piece.length;
    const seen = Buffer.concat([this.#tail, piece]);
    if (contains !== undefined && !this.#found.contains) this.#found.contains = seen.includes(contains);
    if (sha1 !== undefined && !this.#found.sha1) this.#found.sha1 = seen.includes(sha1);
    this.#tail = seen.length > this.#keep ? Buffer.from(seen.subarray(seen.length - this.#keep)) : seen;
  }

  /** What is wrong with the body as a whole, for a person; undefined when it is as expected. */
  complaint(): string | undefined {
    const { equals, contains, endsWith, sha1 } = this.#wanted;
    if (equals !== undefined && !(this.#same && this.#octets === equals.length)) return this.#say('is', equals);
    if (contains !== undefined && !this.#found.contains) return this.#say('contains', contains);
    if (endsWith !== undefined && !this.#tail.subarray(-endsWith.length).equals(endsWith)) return this.#say('ends with', endsWith);
    if (sha1 !== undefined && !this.#found.sha1) return this.#say('contains the SHA-1 of the request,', sha1);
    return undefined;
  }

  #say(relation: string, wanted: Buffer): string {
    return `expected a body that ${relation} ${show(wanted)}, got ${this.#octets} octets${this.#octets === 0 ? '' : ` ending in ${show(this.#tail)}`}`;
  }
}

/** Every body contains and ends with the empty text. */
function needle(text: string | undefined): Buffer | undefined {
  return text === undefined || text === '' ? undefined : Buffer.from(text, 'utf8');
}

function sha1Hex(body: PlannedBody | undefined): Buffer {
  const hash = createHash('sha1');
  for (const piece of body?.pieces ?? []) hash.update(piece);
  return Buffer.from(hash.digest('hex'), 'latin1');
}

function show(text: Buffer): string {
  return JSON.stringify(text.length > SHOWN ? `…${text.toString('latin1', text.length - SHOWN)}` : text.toString('latin1'));
}

const SHOWN = 60;
const ANSWERED: Judgement = { outcome: 'answered', detail: undefined };
