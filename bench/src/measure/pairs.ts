import { bootstrapMedian, type Interval } from './statistics.ts';

/** One slice of load on one side of a pair. */
export interface Slice {
  readonly requestsPerSecond: number;
  readonly cpuMicrosecondsPerRequest: number;
}

export interface Paired {
  /** Right against left: above 1 is faster. */
  readonly throughput: Interval;
  /** Right against left: above 1 is dearer. */
  readonly cpu: Interval;
  readonly left: Slice;
}

/** Both sides in the order left, right, right, left, so that a drift of the machine cancels; the ratios are of each block's own slices. */
export async function measurePairs(options: {
  readonly left: () => Promise<Slice>;
  readonly right: () => Promise<Slice>;
  readonly blocks: number;
}): Promise<Paired> {
  const blocks: { readonly throughput: number; readonly cpu: number; readonly left: Slice }[] = [];
  for (let block = 0; block < options.blocks; block++) {
    const first = await options.left();
    const right = mean(await options.right(), await options.right());
    const left = mean(first, await options.left());
    blocks.push({
      throughput: right.requestsPerSecond / left.requestsPerSecond,
      cpu: right.cpuMicrosecondsPerRequest / left.cpuMicrosecondsPerRequest,
      left,
    });
  }
  return {
    throughput: bootstrapMedian(blocks.map((block) => block.throughput)),
    cpu: bootstrapMedian(blocks.map((block) => block.cpu)),
    left: {
      requestsPerSecond: bootstrapMedian(blocks.map((block) => block.left.requestsPerSecond)).median,
      cpuMicrosecondsPerRequest: bootstrapMedian(blocks.map((block) => block.left.cpuMicrosecondsPerRequest)).median,
    },
  };
}

function mean(one: Slice, other: Slice): Slice {
  return {
    requestsPerSecond: (one.requestsPerSecond + other.requestsPerSecond) / 2,
    cpuMicrosecondsPerRequest: (one.cpuMicrosecondsPerRequest + other.cpuMicrosecondsPerRequest) / 2,
  };
}
