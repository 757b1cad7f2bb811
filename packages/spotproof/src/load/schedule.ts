import { SpotproofError } from '@spotproof/core';
import { createRandom, type Random } from '@spotproof/world';
import { fillPathTemplate, parsePathTemplate, type PathTemplate } from './path-template.ts';
import type { BodySpec, Range, RequestSpec } from './request-spec.ts';

/** One request of the plan: everything about it but the time it is really sent. */
export interface PlannedRequest {
  /** From 1, in order of {@link offsetMs}. */
  readonly number: number;
  /** When it is wanted on the wire, in milliseconds after the start of the plan. */
  readonly offsetMs: number;
  /** Which entry of `requests` it was made from. */
  readonly specIndex: number;
  readonly path: string;
  /** Which of the balancer's nodes it goes to. */
  readonly nodeIndex: number;
  readonly body: PlannedBody | undefined;
}

/** The octets of a body. `gapsMs[i]` is the pause before piece i; all zero and one piece when it is sent at once. */
export interface PlannedBody {
  readonly chunked: boolean;
  readonly pieces: readonly Uint8Array[];
  readonly gapsMs: readonly number[];
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Mean arrivals per second. */
  readonly ratePerSecond: number;
  readonly requests: readonly RequestSpec[];
  readonly nodeCount: number;
}

/**
 * The plan of an open model: arrivals do not wait for answers. Endless, and a function of its options alone. Each concern draws from
 * a stream of its own, so that a change to the bodies leaves the arrivals as they were.
 */
export class Schedule {
  readonly #meanGapMs: number;
  readonly #nodeCount: number;
  readonly #kinds: readonly CompiledKind[];
  readonly #totalWeight: number;
  readonly #octets: Uint8Array;
  readonly #arrivals: Random;
  readonly #choice: Random;
  readonly #parameters: Random;
  readonly #nodes: Random;
  #number = 0;
  #nextOffsetMs: number;

  constructor(options: ScheduleOptions) {
    this.#meanGapMs = 1000 / options.ratePerSecond;
    this.#nodeCount = options.nodeCount;
    this.#kinds = options.requests.map(compileKind);
    this.#totalWeight = this.#kinds.reduce((sum, kind) => sum + kind.weight, 0);
    this.#octets = drawOctets(options.seed, this.#kinds);
    this.#arrivals = createRandom(options.seed, 'load/arrivals');
    this.#choice = createRandom(options.seed, 'load/kinds');
    this.#parameters = createRandom(options.seed, 'load/parameters');
    this.#nodes = createRandom(options.seed, 'load/nodes');
    this.#nextOffsetMs = this.#arrivals.exponential(this.#meanGapMs);
  }

  /** When the next request is wanted. */
  get nextOffsetMs(): number {
    return this.#nextOffsetMs;
  }

  next(): PlannedRequest {
    const offsetMs = this.#nextOffsetMs;
    this.#nextOffsetMs += this.#arrivals.exponential(this.#meanGapMs);
    const specIndex = this.#chooseKind();
    const kind = this.#kinds[specIndex];
    if (kind === undefined) throw new SpotproofError('SPOTPROOF_MISUSE', 'A load needs at least one kind of request, got an empty list.');
    return {
      number: ++this.#number,
      offsetMs,
      specIndex,
      path: kind.path.ranges.length === 0 ? kind.literalPath : fillPathTemplate(kind.path, this.#parameters),
      nodeIndex: this.#nodeCount === 1 ? 0 : this.#nodes.integer(0, this.#nodeCount - 1),
      body: kind.body === undefined ? undefined : this.#drawBody(kind.body),
    };
  }

  #chooseKind(): number {
    let left = this.#choice.fraction() * this.#totalWeight;
    for (let index = 0; index < this.#kinds.length; index++) {
      left -= this.#kinds[index]?.weight ?? 0;
      if (left < 0) return index;
    }
    return this.#kinds.length - 1;
  }

  #drawBody(body: CompiledBody): PlannedBody {
    switch (body.kind) {
      case 'fixed':
        return body.planned;
      case 'random':
        return { chunked: false, pieces: [this.#drawPiece(body.octets)], gapsMs: NO_GAP };
      case 'chunks': {
        const count = this.#parameters.integer(...body.count);
        const pieces: Uint8Array[] = [];
        const gapsMs: number[] = [];
        for (let index = 0; index < count; index++) {
          pieces.push(this.#drawPiece(body.octets));
          gapsMs.push(index === 0 ? 0 : this.#parameters.integer(...body.gapMs));
        }
        return { chunked: true, pieces, gapsMs };
      }
    }
  }

  /** A window of the shared octets at a random place: unique enough for a digest to tell bodies apart, and free of copying. */
  #drawPiece(octets: Range): Uint8Array {
    const length = this.#parameters.integer(...octets);
    const start = this.#parameters.integer(0, WINDOW_STARTS - 1);
    return this.#octets.subarray(start, start + length);
  }
}

interface CompiledKind {
  readonly weight: number;
  readonly path: PathTemplate;
  readonly literalPath: string;
  readonly body: CompiledBody | undefined;
}

type CompiledBody =
  | { readonly kind: 'fixed'; readonly planned: PlannedBody }
  | { readonly kind: 'random'; readonly octets: Range }
  | { readonly kind: 'chunks'; readonly count: Range; readonly octets: Range; readonly gapMs: Range };

function compileKind(spec: RequestSpec): CompiledKind {
  const path = parsePathTemplate(spec.path);
  if (path === undefined) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `Expected {min..max} wherever a path has a brace, got ${spec.path}. Write %7B and %7D for literal braces.`,
    );
  }
  return { weight: spec.weight, path, literalPath: spec.path, body: spec.body === undefined ? undefined : compileBody(spec.body) };
}

function compileBody(body: BodySpec): CompiledBody {
  if (body.kind !== 'text') return body;
  return { kind: 'fixed', planned: { chunked: false, pieces: [new TextEncoder().encode(body.text)], gapsMs: NO_GAP } };
}

function drawOctets(seed: number, kinds: readonly CompiledKind[]): Uint8Array {
  let longest = 0;
  for (const { body } of kinds) if (body !== undefined && body.kind !== 'fixed') longest = Math.max(longest, body.octets[1]);
  if (longest === 0) return new Uint8Array(0);
  const random = createRandom(seed, 'load/octets');
  const words = new Uint32Array(Math.ceil((longest + WINDOW_STARTS) / 4));
  for (let index = 0; index < words.length; index++) words[index] = random.integer(0, 0xffffffff);
  return new Uint8Array(words.buffer);
}

const WINDOW_STARTS = 65_536;
const NO_GAP: readonly number[] = [0];
