import { SpotproofError } from '@spotproof/core';
import { jsonCodec } from '../payload/index.ts';

/** What a job's record holds. */
export interface JobCheckpoint {
  readonly input: unknown;
  /** Undefined until the first checkpoint. */
  readonly state: { readonly value: unknown } | undefined;
  /** What steps returned whose results are kept, by name. */
  readonly steps: ReadonlyMap<string, unknown>;
}

/** @throws SpotproofError `SPOTPROOF_NOT_STORABLE` */
export function encodeCheckpoint({ input, state, steps }: JobCheckpoint): Uint8Array {
  return codec.encode({
    input: box(input),
    ...(state === undefined ? {} : { state: box(state.value) }),
    ...(steps.size === 0 ? {} : { steps: [...steps].map(([name, result]) => [name, ...box(result)]) }),
  });
}

/** @throws SpotproofError `SPOTPROOF_STORE` when it is no checkpoint of a job. */
export function decodeCheckpoint(bytes: Uint8Array): JobCheckpoint {
  const found = parse(bytes);
  if (typeof found !== 'object' || found === null || !('input' in found) || !Array.isArray(found.input)) throw foreign();
  const state = 'state' in found ? found.state : undefined;
  const steps = 'steps' in found ? found.steps : [];
  if ((state !== undefined && !Array.isArray(state)) || !Array.isArray(steps)) throw foreign();
  return {
    input: found.input[0],
    state: state === undefined ? undefined : { value: state[0] },
    steps: new Map(
      steps.map((step: unknown) => {
        if (!Array.isArray(step) || typeof step[0] !== 'string') throw foreign();
        return [step[0], step[1]];
      }),
    ),
  };
}

/** JSON has no `undefined`. */
function box(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}

function parse(bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes);
  } catch {
    throw foreign();
  }
}

function foreign(): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', 'The record of this job holds no checkpoint of a job. Look at who else writes under its key.');
}

const codec = jsonCodec<unknown>();
