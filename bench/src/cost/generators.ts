import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadCommand, LoadReport } from '../../../packages/spotproof/src/load/protocol.ts';
import { cpuMs, endedChildrenCpuMs } from '../measure/cpu.ts';
import { wrk } from '../tools/wrk.ts';
import { OurProcess } from './our-process.ts';

export interface GeneratorOptions {
  readonly port: number;
  readonly directory: string;
  readonly seconds: number;
  /** Requests per second of an open model; wrk knows no such thing and sends as fast as it is answered. */
  readonly ratePerSecond: number;
}

export interface GeneratorRun {
  readonly requestsPerSecond: number;
  readonly cpuMicrosecondsPerRequest: number;
  /** How late requests were sent against the plan, where the generator tells. */
  readonly latenessP99Ms: number | undefined;
}

/** Ours with all its accounting: a plan, a checked answer and a record for each request. */
export async function ourGenerator({ port, directory, seconds, ratePerSecond }: GeneratorOptions): Promise<GeneratorRun> {
  using load = new OurProcess<LoadCommand, LoadReport>('load/process/main.js');
  load.send({
    type: 'start',
    config: {
      nodes: [{ name: 'a', host: '127.0.0.1', port }],
      ratePerSecond,
      seed: 1,
      requests: [{ name: 'GET', method: 'GET', path: '/answer', headers: {}, body: undefined, weight: 1, expect: {}, timeoutMs: 30_000 }],
      idPrefix: 'bench',
      recordsPath: path.join(directory, 'client.ndjson'),
      maxDurationMs: 600_000,
    },
  });
  await load.report('started');
  const before = cpuMs(load.pid);
  await sleep(seconds * 1_000);
  load.send({ type: 'finish' });
  const { summary } = await load.report('done');
  if (summary.ended !== summary.planned) throw new Error(`${summary.planned} planned, ${summary.ended} ended.`);
  return {
    requestsPerSecond: summary.ended / seconds,
    cpuMicrosecondsPerRequest: ((cpuMs(load.pid) - before) * 1_000) / summary.ended,
    latenessP99Ms: summary.latenessMs.p99,
  };
}

export async function autocannon({ port, seconds, ratePerSecond }: GeneratorOptions): Promise<GeneratorRun> {
  const child = fork(fileURLToPath(new URL('./autocannon.mjs', import.meta.url)), []);
  try {
    await once(child, 'message');
    const pid = child.pid ?? 0;
    const before = cpuMs(pid);
    child.send({ url: `http://127.0.0.1:${port}/answer`, connections: 64, seconds, ratePerSecond });
    const [answer] = (await once(child, 'message')) as [{ readonly type: string; readonly requests: number }];
    if (answer.type !== 'done') throw new Error(JSON.stringify(answer));
    return {
      requestsPerSecond: answer.requests / seconds,
      cpuMicrosecondsPerRequest: ((cpuMs(pid) - before) * 1_000) / answer.requests,
      latenessP99Ms: undefined,
    };
  } finally {
    child.disconnect();
  }
}

export async function wrkGenerator({ port, seconds }: GeneratorOptions): Promise<GeneratorRun> {
  const before = endedChildrenCpuMs();
  const { requests, requestsPerSecond } = await wrk({ url: `http://127.0.0.1:${port}/answer`, connections: 64, seconds });
  return { requestsPerSecond, cpuMicrosecondsPerRequest: ((endedChildrenCpuMs() - before) * 1_000) / requests, latenessP99Ms: undefined };
}
