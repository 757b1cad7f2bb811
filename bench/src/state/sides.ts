import { bootstrapMedian, type Interval } from '../measure/statistics.ts';

/** The same piece of work, done by several: the first is the floor that the others are held against. */
export interface Cell {
  readonly store: string;
  readonly work: string;
  readonly inFlight: number;
  readonly sides: readonly Side[];
  /** The least ratio of operations per second to the floor that Spotproof is to reach. */
  readonly bound?: number;
}

export interface Side {
  readonly name: string;
  /** Once, by one of the lanes in flight, counted from 0; a lane does one thing after the other. */
  readonly act: (lane: number) => Promise<unknown>;
}

export interface Compared {
  readonly name: string;
  /** Operations per second against the floor: above 1 is faster. */
  readonly rate: Interval;
  /** CPU time of this process for each, against the floor: above 1 is dearer. The server's is not in it. */
  readonly cpu: Interval;
  /** Of the floor, in the same rounds. */
  readonly floorPerSecond: number;
}

/** All sides in turn and back again (A B C C B A), so that a drift of the machine cancels; the ratios are of each round's own slices. */
export async function compare(
  { inFlight, sides }: Cell,
  options: { readonly rounds: number; readonly sliceMs: number },
): Promise<readonly Compared[]> {
  for (const side of sides) await slice(side, inFlight, options.sliceMs / 2);
  const rounds: (readonly Slice[])[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const there: Slice[] = [];
    for (const side of sides) there.push(await slice(side, inFlight, options.sliceMs));
    const back: Slice[] = [];
    for (const side of sides.toReversed()) back.push(await slice(side, inFlight, options.sliceMs));
    rounds.push(there.map((one, at) => sum(one, back.at(-1 - at) ?? one)));
  }
  const floorPerSecond = bootstrapMedian(rounds.map(([floor]) => rateOf(floor))).median;
  return sides.slice(1).map(({ name }, at) => ({
    name,
    floorPerSecond,
    rate: bootstrapMedian(rounds.map((round) => rateOf(round[at + 1]) / rateOf(round[0]))),
    cpu: bootstrapMedian(rounds.map((round) => cpuOf(round[at + 1]) / cpuOf(round[0]))),
  }));
}

interface Slice {
  readonly count: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function slice({ act }: Side, inFlight: number, sliceMs: number): Promise<Slice> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const until = from + sliceMs;
  const lanes = Array.from({ length: inFlight }, async (_, lane) => {
    let count = 0;
    do {
      await act(lane);
      count += 1;
    } while (performance.now() < until);
    return count;
  });
  const counts = await Promise.all(lanes);
  const wallMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { count: counts.reduce((total, count) => total + count, 0), wallMs, cpuMs: (user + system) / 1000 };
}

function sum(one: Slice, other: Slice): Slice {
  return { count: one.count + other.count, wallMs: one.wallMs + other.wallMs, cpuMs: one.cpuMs + other.cpuMs };
}

function rateOf(slice: Slice | undefined): number {
  return slice === undefined ? Number.NaN : (slice.count * 1000) / slice.wallMs;
}

function cpuOf(slice: Slice | undefined): number {
  return slice === undefined ? Number.NaN : slice.cpuMs / slice.count;
}
