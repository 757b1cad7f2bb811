// What idempotency, checkpoints and leases cost over each store, against the plain writes and reads below them and against peers; and how long work waits
// whose worker is killed or told to stop.
//   npm run bench -- state [--rounds 7] [--slice-ms 60] [--repetitions 10] [--only ioredis,PostgreSQL,cpu,jobs,recovery]
import { parseArgs } from 'node:util';
import type { Interval } from './measure/statistics.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';
import { GROUPS } from './state/cells.ts';
import { coreCpu } from './state/core-cpu.ts';
import { jobThroughput } from './state/job-throughput.ts';
import { measureRecovery } from './state/recovery.ts';
import { compare, type Cell, type Compared } from './state/sides.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      /** How long one side is at work at a time, in milliseconds; twice as long where a write waits for a disk. */
      'slice-ms': { type: 'string', default: '60' },
      /** Of each kind of end of a worker, for each store. */
      repetitions: { type: 'string', default: '10' },
      only: { type: 'string', default: '' },
    },
  });
  const rounds = Number(values.rounds);
  const names = values.only === '' ? undefined : values.only.split(',');
  const isWanted = (name: string): boolean => names === undefined || names.includes(name);
  console.log(`${describeMachine()}; ${rounds} rounds`);

  if (isWanted('cpu')) {
    const calls = await coreCpu(rounds * 5);
    const rows = calls.map(({ name, least, median, most }) => [name, least.toFixed(1), median.toFixed(1), most.toFixed(1)]);
    console.log(`\n${markdownTable(['over a Map, CPU µs per call', '10th percentile', 'median', '90th'], rows)}`);
  }
  const rows: (readonly string[])[] = [];
  for (const { name, cells } of GROUPS.filter((group) => isWanted(group.name))) {
    for await (const cell of cells()) {
      const sliceMs = Number(values['slice-ms']) * (WAITS_FOR_A_DISK.has(name) ? 2 : 1);
      rows.push(...rowsOf(cell, await compare(cell, { rounds, sliceMs })));
      console.error(rows.at(-1)?.join(' '));
    }
  }
  if (rows.length > 0)
    console.log(`\n${markdownTable(['store, in flight', 'work', 'who', 'of the floor', 'bound', 'CPU against the floor', 'floor, 1/s'], rows)}`);
  if (isWanted('jobs')) {
    const { ratio, bullmqPerSecond } = await jobThroughput({ rounds, jobs: 1000 });
    console.log(`\nJobs over Redis, 64 at once: ${interval(ratio)} of BullMQ, which did ${bullmqPerSecond.toFixed(0)}/s`);
  }
  if (isWanted('recovery')) console.log(`\n${await measureRecovery({ repetitions: Number(values.repetitions) })}`);
  console.log(`\n${describeMachine().replace('at the start', 'at the end')}`);
}

function rowsOf({ store, work, inFlight, bound }: Cell, sides: readonly Compared[]): readonly (readonly string[])[] {
  return sides.map(({ name, rate, cpu, floorPerSecond }) => [
    `${store}, ${inFlight}`,
    work,
    name,
    interval(rate),
    bound === undefined || name !== 'spotproof' ? '' : `${bound.toFixed(2)}${rate.median >= bound ? '' : ' missed'}`,
    interval(cpu),
    floorPerSecond.toFixed(0),
  ]);
}

function interval({ median, low, high }: Interval): string {
  return `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

const WAITS_FOR_A_DISK = new Set(['PostgreSQL', 'MariaDB', 'SQLite', 'DynamoDB']);

await main();
