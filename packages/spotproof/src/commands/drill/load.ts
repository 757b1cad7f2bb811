import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DrillOptions } from '../../drill/options.ts';
import type { DrillLoad } from '../../drill/run-drill.ts';
import { Changes } from '../../lab/changes.ts';
import { LoadProcess } from '../../lab/load-process.ts';
import { modulePath } from '../../lab/module-path.ts';
import { readRecords } from '../../lab/run-files.ts';
import { parseClientRecords } from '../../verdict/records.ts';

export interface LoadOptions {
  readonly url: string;
  readonly ratePerSecond: number;
  readonly drill: DrillOptions;
}

/** The load of a drill, from the generator of the lab: one record for each request, none repeated. */
export async function prepareLoad({ url, ratePerSecond, drill }: LoadOptions): Promise<DrillLoad> {
  const { hostname, port, pathname, search } = new URL(url);
  const directory = await mkdtemp(path.join(tmpdir(), 'spotproof-drill-'));
  const recordsPath = path.join(directory, 'client.ndjson');
  const changes = new Changes();
  let problem: string | undefined;
  let process: LoadProcess | undefined;
  return {
    start() {
      process = new LoadProcess({
        modulePath: modulePath(import.meta.url, '../../load/process/main'),
        logPath: path.join(directory, 'load.log'),
        config: {
          nodes: [{ name: 'the service', host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) }],
          ratePerSecond,
          seed: 1,
          requests: [
            {
              name: `GET ${pathname}`,
              method: 'GET',
              path: `${pathname}${search}`.replaceAll('{', '%7B').replaceAll('}', '%7D'),
              // What the service is asked for by its other clients.
              headers: { Host: new URL(url).host, 'User-Agent': 'spotproof-drill' },
              body: undefined,
              weight: 1,
              expect: {},
              timeoutMs: REQUEST_TIMEOUT_MS,
            },
          ],
          idPrefix: 'drill',
          recordsPath,
          maxDurationMs: drill.controlMs + drill.waves * drill.intervalMs + drill.timeoutMs,
        },
        changes,
        onReport: () => {},
        onFailure: (message) => {
          problem ??= message;
        },
      });
    },
    async finish() {
      // Also after Ctrl-C: the answers that are out belong to the account.
      const summary = await process?.finish({ budgetMs: REQUEST_TIMEOUT_MS + FINISH_MS, signal: new AbortController().signal });
      await process?.end(FINISH_MS);
      const { records } = parseClientRecords(await readRecords(recordsPath));
      await rm(directory, { recursive: true, force: true });
      if (process !== undefined && (summary === undefined || summary.ended !== records.length))
        return { why: `the requests could not be accounted for: ${problem ?? 'the load generator did not finish in time'}.` };
      return { url, ratePerSecond, records };
    },
  };
}

/** As a load balancer's idle timeout, after which it answers by itself. */
const REQUEST_TIMEOUT_MS = 60_000;
const FINISH_MS = 10_000;
