import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LabModules } from '../../../src/lab/lab.ts';
import type { LabProgress } from '../../../src/lab/listener.ts';
import { killProcessesWith } from './processes.ts';
import { LAB_MODULES, runLab } from '../../../src/lab/run-lab.ts';
import type { LabOptions, LabRun } from '../../../src/verdict/lab-run.ts';

export const APP = path.join(import.meta.dirname, '..', 'fixtures', 'app.ts');

/** A short run of the test app; `marker` finds every process that it started. */
export function labOptions(overrides: Partial<LabOptions> = {}): MarkedOptions {
  const runDirectory = path.join(tmpdir(), `spotproof-lab-${randomUUID()}`);
  const marker = `LAB_TEST_RUN=${path.basename(runDirectory)}`;
  return {
    command: [process.execPath, APP, 'graceful'],
    cwd: process.cwd(),
    portEnv: 'PORT',
    tasks: 2,
    startTimeoutMs: 30_000,
    protect: false,
    pidNamespaces: 'auto',
    stopTimeoutMs: 3000,
    deregistration: { kind: 'after-sigterm', delayMs: 0 },
    maxNodeLagMs: 0,
    replacement: 'at-notice',
    interruptions: [{ count: 1, atMs: 300 }],
    faults: [],
    balancer: {
      nodes: 2,
      algorithm: 'round_robin',
      idleTimeoutMs: 60_000,
      clientKeepAliveMs: 3_600_000,
      connectTimeoutMs: 10_000,
      deregistrationDelayMs: 20_000,
      healthCheck: { path: '/', intervalMs: 200, timeoutMs: 2000, healthyThreshold: 2, unhealthyThreshold: 2, matcher: [200, 200] },
      finLagMs: 0,
      adversary: 'none',
    },
    accessLog: false,
    ratePerSecond: 40,
    requests: [{ name: 'GET /', method: 'GET', path: '/', headers: {}, body: undefined, weight: 1, expect: {}, timeoutMs: 5000 }],
    controlMs: 300,
    durationMs: undefined,
    seed: 1,
    ...overrides,
    env: { LAB_TEST_RUN: path.basename(runDirectory), ...overrides.env },
    runDirectory,
    marker,
  };
}

export interface Recorded {
  readonly run: LabRun;
  readonly progress: readonly LabProgress[];
}

/** Removes what the run wrote and whatever it should have ended itself, once the test is over. */
export function clearAfter(t: { after(act: () => void): void }, options: MarkedOptions): void {
  t.after(() => {
    killProcessesWith(options.marker);
    rmSync(options.runDirectory, { recursive: true, force: true });
  });
}

/** `marker` is in the environment of every process that the run starts. */
export interface MarkedOptions extends LabOptions {
  readonly marker: string;
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly modules?: Partial<LabModules>;
  readonly onProgress?: (progress: LabProgress) => void;
}

/** Runs the lab, removes what it wrote after the test, and keeps what the listener heard. */
export async function run(
  t: { after(act: () => void): void },
  options: MarkedOptions,
  { signal = new AbortController().signal, modules, onProgress }: RunOptions = {},
): Promise<Recorded> {
  clearAfter(t, options);
  const progress: LabProgress[] = [];
  const listener = {
    onProgress: (one: LabProgress): void => {
      progress.push(one);
      onProgress?.(one);
    },
  };
  const result = await runLab(options, listener, signal, { modules: { ...LAB_MODULES, ...modules } });
  return { run: result, progress };
}
