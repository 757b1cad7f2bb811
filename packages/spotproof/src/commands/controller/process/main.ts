import { decisionLine, parseUnits } from '@spotproof/controller';
import type { ControllerCommand, ControllerReport } from '../../../lab-aws/controller-protocol.ts';
import { standardError, standardOutput } from '../../streams.ts';
import { work } from '../work.ts';

// The controller beside a lab run: told what to keep over the IPC channel of `child_process.fork`, and gone when that closes.

if (process.send === undefined) {
  standardError.write('This is started by the lab and talks to it over IPC. By hand, run `spotproof controller`.\n');
  process.exit(2);
}
const ending = new AbortController();
// Ctrl-C reaches the whole foreground group, and the lab decides when the controller goes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (command: ControllerCommand) => {
  start(command).catch(fail);
});
process.on('disconnect', () => {
  ending.abort();
  // A call that is out may take its time; nobody is there to hear of it.
  setTimeout(() => process.exit(0), LAST_CALL_MS).unref();
});
process.on('uncaughtException', fail);

async function start({ units, queueUrl, endpoint, region }: ControllerCommand): Promise<void> {
  await work({
    where: { endpoint, region },
    units: parseUnits(units),
    queueUrl,
    // In a tag of the twin.
    memoryTable: undefined,
    record: (decision) => {
      standardOutput.write(`${decisionLine(decision)}\n`);
      report({ type: 'decision', at: decision.at, decision: { ...decision } });
    },
    signal: ending.signal,
  });
  process.exit(0);
}

function report(message: ControllerReport): void {
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!process.connected) process.exit(3);
  process.send?.({ type: 'failed', message } satisfies ControllerReport, undefined, {}, () => process.exit(3));
}

const LAST_CALL_MS = 500;
