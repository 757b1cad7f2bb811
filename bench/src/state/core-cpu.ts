import { MemoryStore } from '@spotproof/state';
import { median, quantile } from '../measure/statistics.ts';
import { loadPeers } from './cells.ts';
import { RESULT, spotproofOn } from './spotproof.ts';

/** CPU time of a call over a store that is a Map, in microseconds: what the library itself costs. */
export async function coreCpu(batches: number): Promise<readonly CoreCpu[]> {
  const peers = await loadPeers();
  const own = await spotproofOn(new MemoryStore(), 1);
  const powertools = await peers.powertoolsInMemory(RESULT);
  const calls = [
    { name: 'Spotproof, first call', act: own.first, found: new Array<number>() },
    { name: 'Spotproof, replay', act: own.replay, found: new Array<number>() },
    { name: 'Powertools, first call', act: powertools.first, found: new Array<number>() },
    { name: 'Powertools, replay', act: powertools.replay, found: new Array<number>() },
  ];
  for (let batch = -WARM_UP; batch < batches; batch++) {
    for (const { act, found } of calls) {
      const before = process.cpuUsage();
      for (let call = 0; call < CALLS; call++) await act();
      const { user, system } = process.cpuUsage(before);
      if (batch >= 0) found.push((user + system) / CALLS);
    }
  }
  return calls.map(({ name, found }) => ({ name, least: quantile(found, 0.1), median: median(found), most: quantile(found, 0.9) }));
}

export interface CoreCpu {
  readonly name: string;
  /** The 10th percentile of the batches: what is left when nobody disturbs. */
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

const CALLS = 500;
const WARM_UP = 10;
