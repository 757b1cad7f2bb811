import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolPath } from './ensure-tool.ts';

export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
}

/** Drives one URL with one thread as fast as it answers, over kept connections. Throws when wrk saw any error: a ratio of failures means nothing. */
export async function wrk(options: { readonly url: string; readonly connections: number; readonly seconds: number }): Promise<WrkResult> {
  const args = ['-t1', `-c${options.connections}`, `-d${options.seconds}s`, options.url];
  const { stdout } = await promisify(execFile)(toolPath('wrk'), args);
  const problem = /^\s*(?:Socket errors|Non-2xx).*$/m.exec(stdout)?.[0];
  const [, requests, seconds] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
  if (problem !== undefined || requests === undefined || seconds === undefined) {
    throw new Error(`wrk ${args.join(' ')}: ${problem?.trim() ?? `unreadable output\n${stdout}`}`);
  }
  return { requests: Number(requests), seconds: Number(seconds), requestsPerSecond: Number(requests) / Number(seconds) };
}
