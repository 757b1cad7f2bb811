import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadCommand, LoadConfig, LoadReport, LoadSummary } from '../../src/load/protocol.ts';
import type { RequestSpec } from '../../src/load/request-spec.ts';
import type { ClientRecord } from '../../src/load/client-record.ts';

/** Forks the real generator process and starts it; kills it when disposed. */
export function startLoad(config: Omit<LoadConfig, 'recordsPath' | 'idPrefix' | 'maxDurationMs'> & Partial<LoadConfig>): LoadProcess {
  const directory = mkdtempSync(join(tmpdir(), 'spotproof-load-'));
  const recordsPath = config.recordsPath ?? join(directory, 'client.ndjson');
  const child = forkGenerator();
  const reports: LoadReport[] = [];
  child.on('message', (message) => {
    // The generator is compiled against the same type.
    reports.push(message as LoadReport);
    child.emit('report');
  });
  const send = (command: LoadCommand): void => void child.send(command);
  const waitFor = <Type extends LoadReport['type']>(type: Type, count = 1): Promise<Extract<LoadReport, { type: Type }>> =>
    waitForReport({ child, reports, type, count });
  send({ type: 'start', config: { idPrefix: 't', maxDurationMs: 60_000, ...config, recordsPath } });
  return {
    child,
    reports,
    waitFor,
    async finish() {
      send({ type: 'finish' });
      const { summary } = await waitFor('done');
      const lines = readFileSync(recordsPath, 'utf8').split('\n').slice(0, -1);
      return { summary, records: lines.map((line): ClientRecord => JSON.parse(line)) };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface LoadProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly reports: readonly LoadReport[];
  /** The `count`th report of a type. Fails after 20 s, and at once when the generator says that it failed or ends. */
  waitFor<Type extends LoadReport['type']>(type: Type, count?: number): Promise<Extract<LoadReport, { type: Type }>>;
  finish(): Promise<{ readonly summary: LoadSummary; readonly records: readonly ClientRecord[] }>;
}

export function forkGenerator(options: { readonly ipc: boolean } = { ipc: true }): ChildProcess {
  const args = ['--conditions=@spotproof/source', fileURLToPath(new URL('../../src/load/process/main.ts', import.meta.url))];
  return spawn(process.execPath, args, { stdio: options.ipc ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'ignore', 'pipe'] });
}

interface Wait<Type> {
  readonly child: ChildProcess;
  readonly reports: readonly LoadReport[];
  readonly type: Type;
  readonly count: number;
}

function waitForReport<Type extends LoadReport['type']>({ child, reports, type, count }: Wait<Type>): Promise<Extract<LoadReport, { type: Type }>> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = reports.filter((report): report is Extract<LoadReport, { type: Type }> => report.type === type)[count - 1];
      const failed = reports.find((report) => report.type === 'failed');
      if (found !== undefined) settle(() => resolve(found));
      else if (failed !== undefined) settle(() => reject(new Error(`The generator failed: ${failed.message}`)));
    };
    const onExit = (): void => settle(() => reject(new Error(`The generator ended before it reported "${type}" ${count} times.`)));
    const timer = setTimeout(() => settle(() => reject(new Error(`The generator did not report "${type}" ${count} times within 20 s.`))), 20_000);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.off('report', look);
      child.off('exit', onExit);
      act();
    };
    child.on('report', look);
    child.on('exit', onExit);
    look();
  });
}

/** A GET of `/`, but for what is given. */
export function requestSpec(given: Partial<RequestSpec> = {}): RequestSpec {
  return { name: 'test', method: 'GET', path: '/', headers: {}, body: undefined, weight: 1, expect: {}, timeoutMs: 10_000, ...given };
}
