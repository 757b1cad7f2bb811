/* oxlint-disable unicorn/require-post-message-target-origin -- Worker threads, not windows. */
// The table of docs/benchmarks.md: every strategy in every scenario, in both readings of when ECS replaces a task. `SPOTPROOF_SEEDS` (1000)
// of scenario A for ours, a fifth of that for ours elsewhere, and a few for the others.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { Replacement } from '@spotproof/world';
import { play, type Score } from './arena.ts';
import { FLAPPING, MASS_RECLAIM, MASS_RECLAIM_WITH_DROUGHT, type Scenario, storms } from './scenarios.ts';
import { ecsAlone, flipStrategy, fullTwin, incrementOnEvent, levelTriggered, oversizedTwin, type StrategyMaker } from './strategies.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'A: 500 in 60 s, no Spot for 20 min': MASS_RECLAIM_WITH_DROUGHT,
  'B: 500 in 60 s, Spot to be had': MASS_RECLAIM,
  'C: 7 x 25, Spot to be had': storms(7, 25),
  'C: 3 x 25, Spot to be had': storms(3, 25),
  'D: half of Spot goes every 10 min': FLAPPING,
};

const STRATEGIES: Readonly<Record<string, StrategyMaker>> = {
  'ECS alone': ecsAlone,
  'one more for each event': incrementOnEvent,
  'full twin, to 0 on steady state': fullTwin,
  'twin of 2.2 times what is missing': oversizedTwin,
  'strategy flipped to FARGATE': flipStrategy,
  'controller, no burst rule': () => levelTriggered({ burstShare: 1 }),
  controller: () => levelTriggered(),
};

interface Cell {
  readonly scenario: string;
  readonly strategy: string;
  readonly replacement: Replacement;
  readonly seeds: number;
}

async function printTable(): Promise<void> {
  const seeds = Number(process.env['SPOTPROOF_SEEDS'] ?? 1000);
  const cells = Object.keys(SCENARIOS).flatMap((scenario) =>
    Object.keys(STRATEGIES).flatMap((strategy) =>
      (['at-notice', 'after-stopped'] as const).map((replacement) => ({
        scenario,
        strategy,
        replacement,
        seeds: seedsOf(scenario, strategy, seeds),
      })),
    ),
  );
  console.log(
    '| scenario | strategy | replaced | seeds | shortfall, task-min (median, worst) | extra task-h | peak | UpdateService/min | end: desired, twin, provider |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  const problems: string[] = [];
  const waiting = [...cells];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      const worker = new Worker(new URL(import.meta.url), { execArgv: ['--conditions=@spotproof/source'] });
      for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
        const scores = await ask(worker, cell);
        console.log(row(cell, scores));
        if (cell.strategy === 'controller') problems.push(...judge(cell, scores));
      }
      await worker.terminate();
    }),
  );
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function seedsOf(scenario: string, strategy: string, seeds: number): number {
  if (strategy !== 'controller' || scenario.startsWith('D')) return Math.min(seeds, FEW);
  return scenario.startsWith('A') ? seeds : Math.ceil(seeds / 5);
}

function playCell({ scenario, strategy, replacement, seeds }: Cell): readonly Score[] {
  const [plot, make] = [SCENARIOS[scenario], STRATEGIES[strategy]];
  if (plot === undefined || make === undefined) return [];
  return Array.from({ length: seeds }, (_, index) => play({ ...plot, seed: index + 1, replacement }, make()));
}

function ask(worker: Worker, cell: Cell): Promise<readonly Score[]> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (scores: readonly Score[]) => {
      worker.off('error', reject);
      resolve(scores);
    });
    worker.postMessage(cell);
  });
}

function row({ scenario, strategy, replacement, seeds }: Cell, scores: readonly Score[]): string {
  const shortfalls = scores.map((score) => score.shortfallTaskMinutes).toSorted((a, b) => a - b);
  const most = (of: (score: Score) => number): string => Math.max(...scores.map(of)).toFixed(0);
  const end = [...new Set(scores.map((score) => `${score.endDesired}, ${score.endFallback}, ${score.endStrategy}`))];
  const shown = [
    scenario,
    strategy,
    replacement,
    seeds,
    `${middle(shortfalls).toFixed(0)}, ${shortfalls.at(-1)?.toFixed(0)}`,
    middle(scores.map((score) => score.extraTaskHours).toSorted((a, b) => a - b)).toFixed(1),
    most((score) => score.peakTasks),
    most((score) => score.mostUpdatesInAMinute),
    end.length > 2 ? `${end[0]} and ${end.length - 1} others` : end.join('; '),
  ];
  return `| ${shown.join(' | ')} |`;
}

function judge({ scenario, replacement }: Cell, scores: readonly Score[]): readonly string[] {
  const where = `${scenario}, ${replacement}:`;
  const left = scores.findIndex((score) => score.endFallback !== 0 || score.endDesired !== 500);
  const busy = scores.findIndex((score) => score.mostUpdatesInAMinute > 60);
  const dear = scenario.startsWith('C') ? scores.findIndex((score) => score.extraTaskHours > 20) : -1;
  const slow = scenario.startsWith('A') ? middle(scores.map((score) => score.shortfallTaskMinutes).toSorted((a, b) => a - b)) > 320 : false;
  return [
    ...(left === -1 ? [] : [`${where} seed ${left + 1} did not end as it began`]),
    ...(busy === -1 ? [] : [`${where} seed ${busy + 1} wrote more than 60 times in a minute`]),
    ...(dear === -1 ? [] : [`${where} seed ${dear + 1} cost more than 20 extra task-hours`]),
    ...(slow ? [`${where} the median shortfall is above 320 task-minutes`] : []),
  ];
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const FEW = 5;

if (isMainThread) await printTable();
else parentPort?.on('message', (cell: Cell) => parentPort?.postMessage(playCell(cell)));
