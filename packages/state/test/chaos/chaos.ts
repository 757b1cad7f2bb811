import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { enqueue, readJob } from '../../src/index.ts';
import { describe, linearize } from '../support/linearizable.ts';
import { LEASE_MS, booked, chain } from './jobs.ts';
import { histories, recorded } from './recorded-store.ts';
import { startServer } from './start-server.ts';
import { openStore, type OpenStore, type StoreSpec } from './store-spec.ts';

export interface ChaosOptions {
  readonly store: StoreSpec['kind'];
  readonly workers: number;
  /** How many of each, in random order. `kill`: kill -9. `zombie`: SIGSTOP, and SIGCONT after up to three leases. `drain`: SIGTERM. `restart`: of the server. */
  readonly faults: Readonly<Record<Fault, number>>;
  /** Between two faults, on average, in milliseconds. */
  readonly everyMs: number;
  readonly steps: number;
  /** Longest life of the whole run, in milliseconds. */
  readonly withinMs: number;
  /** Workers write without their token: the run must find that. */
  readonly unfenced?: boolean;
}

export type Fault = 'kill' | 'zombie' | 'drain' | 'restart';

export interface ChaosResult {
  readonly faults: Readonly<Record<Fault, number>>;
  readonly jobs: number;
  readonly steps: number;
  readonly interruptions: number;
  /** Jobs that were not done in the end, or not rightly, with what is wrong. */
  readonly wrong: readonly string[];
  /** Effects outside the store that happened more than once for one step; each must have had the same effect key. */
  readonly repeatedEffects: number;
  readonly keysLinearized: number;
  /** Given up by the search. */
  readonly keysUndecided: number;
}

/** Workers on one store, that are killed, stopped and drained at random times until all work is done; then everything is counted. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-chaos-'));
  await using server = await startServer(options.store, options.withinMs);
  const real = openStore(server.spec);
  const file = openSync(path.join(folder, 'history-giver.ndjson'), 'a');
  const opened = { ...real, store: recorded(real.store, { file, by: 'giver' }) };
  const crew = new Crew(options, server.spec, folder);
  try {
    await Promise.all(Array.from({ length: options.workers }, () => crew.hire()));
    const deadline = performance.now() + options.withinMs;
    const jobs: string[] = [];
    let open: readonly string[] = [];
    const left = { ...options.faults, restart: server.restart === undefined ? 0 : options.faults.restart };
    const counted: Record<Fault, number> = { kill: 0, zombie: 0, drain: 0, restart: 0 };
    while (performance.now() < deadline) {
      const fault = pick(left);
      if (fault === undefined) break;
      // There is always something to do.
      open = await unfinished(opened, open);
      while (open.length < options.workers * 3) {
        const job = await give(opened, jobs.length, options.steps);
        jobs.push(job);
        open = [...open, job];
      }
      await wait(Math.random() * 2 * options.everyMs);
      if (fault === 'restart') await server.restart?.();
      else await crew.strike(fault);
      left[fault] -= 1;
      counted[fault] += 1;
    }
    await crew.calm();
    while (open.length > 0 && performance.now() < deadline) {
      await wait(100);
      open = await unfinished(opened, open);
    }
    await crew.dismiss();
    return { faults: counted, jobs: jobs.length, steps: jobs.length * options.steps, ...(await judge(opened, jobs, options, folder)) };
  } finally {
    await crew.dismiss();
    await real.close();
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The processes. */
class Crew {
  readonly #options: ChaosOptions;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #workers = new Set<ChildProcess>();
  readonly #asleep = new Map<ChildProcess, NodeJS.Timeout>();

  constructor(options: ChaosOptions, spec: StoreSpec, folder: string) {
    this.#options = options;
    this.#environment = {
      ...process.env,
      CHAOS_FOLDER: folder,
      CHAOS_STORE: JSON.stringify(spec),
      ...(options.unfenced === true ? { CHAOS_UNFENCED: '1' } : {}),
    };
  }

  async hire(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=@spotproof/source', path.join(import.meta.dirname, 'worker.program.ts')], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: this.#options.withinMs,
      killSignal: 'SIGKILL',
    });
    this.#workers.add(child);
    child.once('exit', () => this.#workers.delete(child));
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    child.stdout.resume();
  }

  async strike(fault: Exclude<Fault, 'restart'>): Promise<void> {
    const awake = [...this.#workers].filter((worker) => !this.#asleep.has(worker));
    const victim = awake[Math.floor(Math.random() * awake.length)];
    if (victim === undefined) return;
    if (fault === 'zombie') {
      victim.kill('SIGSTOP');
      this.#asleep.set(
        victim,
        setTimeout(() => this.#wake(victim), Math.random() * 3 * LEASE_MS),
      );
      return;
    }
    const gone = once(victim, 'exit');
    victim.kill(fault === 'kill' ? 'SIGKILL' : 'SIGTERM');
    await gone;
    await this.hire();
  }

  /** Whoever is stopped goes on. */
  calm(): Promise<void> {
    for (const worker of this.#asleep.keys()) this.#wake(worker);
    return Promise.resolve();
  }

  async dismiss(): Promise<void> {
    await this.calm();
    await Promise.all(
      [...this.#workers].map(async (worker) => {
        const gone = once(worker, 'exit');
        worker.kill('SIGKILL');
        await gone;
      }),
    );
  }

  #wake(worker: ChildProcess): void {
    clearTimeout(this.#asleep.get(worker));
    this.#asleep.delete(worker);
    worker.kill('SIGCONT');
  }
}

async function give({ store, ledger }: OpenStore, number: number, steps: number): Promise<string> {
  const isBooked = ledger !== undefined && number % 2 === 1;
  const job = `${isBooked ? 'booked' : 'chain'}-${number}`;
  await insistent(() => (isBooked ? enqueue(store, BOOKED, { job, steps }, { key: job }) : enqueue(store, CHAIN, { job, steps }, { key: job })));
  return job;
}

/** Those of the jobs that are not done. */
async function unfinished({ store }: OpenStore, jobs: readonly string[]): Promise<readonly string[]> {
  const records = await Promise.all(
    jobs.map((job) => insistent(() => readJob<unknown, unknown, unknown>(store, job.startsWith('booked') ? BOOKED : CHAIN, job))),
  );
  return jobs.filter((_, index) => records[index]?.state !== 'done');
}

async function judge(
  { store, ledger }: OpenStore,
  jobs: readonly string[],
  { steps, store: kind }: ChaosOptions,
  folder: string,
): Promise<Omit<ChaosResult, 'faults' | 'jobs' | 'steps'>> {
  const wrong: string[] = [];
  const expected = Array.from({ length: steps }, (_, step) => step);
  const inLedger = Map.groupBy((await ledger?.read()) ?? [], (effect) => effect);
  let interruptions = 0;
  for (const job of jobs) {
    const isBooked = job.startsWith('booked');
    const status = isBooked
      ? await readJob<unknown, unknown, unknown>(store, BOOKED, job)
      : await readJob<unknown, unknown, unknown>(store, CHAIN, job);
    interruptions += status?.interruptions ?? 0;
    if (status?.state !== 'done') wrong.push(`${job} is ${status?.state ?? 'gone'} (${JSON.stringify(status?.error)})`);
    else if (!isBooked && JSON.stringify(status.output) !== JSON.stringify(expected)) wrong.push(`${job} did ${JSON.stringify(status.output)}`);
    else if (isBooked)
      for (const step of expected) {
        const times = inLedger.get(`${job}/${step}`)?.length ?? 0;
        if (times !== 1) wrong.push(`step ${step} of ${job} is in the ledger ${times} times`);
      }
  }
  const effects = Map.groupBy(
    linesOf(folder, 'effects').map((line) => JSON.parse(line) as Effect),
    ({ job, step }) => `${job}/${step}`,
  );
  for (const [name, times] of effects) if (new Set(times.map(({ key }) => key)).size > 1) wrong.push(`${name} had several effect keys`);
  const repeatedEffects = [...effects.values()].reduce((sum, times) => sum + times.length - 1, 0);
  let keysLinearized = 0;
  let keysUndecided = 0;
  for (const [key, history] of histories(linesOf(folder, 'history-'))) {
    // `commit` goes past the recorder.
    if (key.startsWith('job:booked')) continue;
    const found = linearize(history, { limit: 200_000 });
    if (found.isLinearizable === true) keysLinearized += 1;
    else if (found.isLinearizable === undefined) keysUndecided += 1;
    else wrong.push(`${kind}: no order explains what was answered for ${key}; stuck at:\n${found.stuck.slice(0, 5).map(describe).join('\n')}`);
  }
  return { interruptions, wrong, repeatedEffects, keysLinearized, keysUndecided };
}

/** A server that was just restarted is there again soon. */
async function insistent<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === 100) throw error;
      await wait(100);
    }
  }
}

/** One of the faults that are left, each as likely as the other. */
function pick(left: Readonly<Record<Fault, number>>): Fault | undefined {
  const all = (Object.keys(left) as Fault[]).flatMap((fault) => Array<Fault>(left[fault]).fill(fault));
  return all[Math.floor(Math.random() * all.length)];
}

function linesOf(folder: string, prefix: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'))
    .filter((line) => line.endsWith('}'));
}

interface Effect {
  readonly job: string;
  readonly step: number;
  readonly key: string;
}

const CHAIN = chain(() => {});
const BOOKED = booked(undefined);
