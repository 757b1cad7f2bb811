import { Balancer } from '../balancer.ts';
import { epochNow } from '../../epoch.ts';
import type { BalancerCommand, BalancerConfig, BalancerReport } from '../protocol.ts';
import { LineFile } from './line-file.ts';
import { LoopDelay } from './loop-delay.ts';

// The balancer as a process of its own: told what to do over the IPC channel of `child_process.fork`, and gone when that closes.

interface Running {
  readonly balancer: Balancer;
  readonly loopDelay: LoopDelay;
  readonly records: LineFile;
  readonly accessLog: LineFile | undefined;
  readonly everySecond: NodeJS.Timeout;
}

let running: Running | undefined;

if (process.send === undefined) {
  process.stderr.write('The balancer is started by the lab and talks to it over IPC; it cannot be run by hand.\n');
  process.exit(2);
}
// Ctrl-C reaches the whole foreground group. The lab decides when the balancer goes, or its death would look like the app's.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (command: BalancerCommand) => {
  handle(command).catch(fail);
});
process.on('disconnect', () => {
  // A process that only ends says FIN on each of its connections, which would pass for a word of the other side.
  running?.balancer.destroy();
  flushFiles();
  process.exit(0);
});
process.on('uncaughtException', fail);
watchParent();

async function handle(command: BalancerCommand): Promise<void> {
  switch (command.type) {
    case 'start':
      await start(command.config);
      return;
    case 'register':
      started().balancer.register(command.target, command.lagMs);
      return;
    case 'deregister':
      started().balancer.deregister(command.targetId, command.lagMs);
      return;
    case 'stop':
      await stop(command.graceMs);
      return;
  }
}

async function start(config: BalancerConfig): Promise<void> {
  const records = new LineFile(config.recordsPath);
  const accessLog = config.accessLogPath === undefined ? undefined : new LineFile(config.accessLogPath);
  const balancer = new Balancer({
    config,
    writeRecord: (line) => records.write(line),
    ...(accessLog === undefined ? {} : { writeAccessLog: (line: string) => accessLog.write(line) }),
    report,
  });
  const nodes = await balancer.listen();
  running = { balancer, records, accessLog, loopDelay: new LoopDelay(), everySecond: setInterval(reportLoad, 1000) };
  report({ type: 'listening', nodes });
}

async function stop(graceMs: number): Promise<void> {
  const { balancer, records, accessLog, loopDelay, everySecond } = started();
  await balancer.stop(graceMs);
  clearInterval(everySecond);
  records.close();
  accessLog?.close();
  running = undefined;
  report({ type: 'stopped', requests: balancer.requests, maxLoopDelayMs: loopDelay.takeMax(), cpuMs: cpuMs() });
  loopDelay.stop();
}

function reportLoad(): void {
  const { balancer, loopDelay } = started();
  // Flushed here too, so that a crash leaves all but the last second on disk.
  flushFiles();
  const { requests, errors, inFlight } = balancer;
  report({ type: 'load', at: epochNow(), requests, errors, inFlight, maxLoopDelayMs: loopDelay.take(), cpuMs: cpuMs() });
}

function started(): Running {
  if (running === undefined) throw new Error('the first command must be `start`, and none may follow `stop`');
  return running;
}

function flushFiles(): void {
  running?.records.flush();
  running?.accessLog?.flush();
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function report(message: BalancerReport): void {
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  flushFiles();
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!process.connected) process.exit(3);
  process.send?.({ type: 'failed', message } satisfies BalancerReport, undefined, {}, () => process.exit(3));
}

/** The channel closes with the lab, even when that is SIGKILLed; this is for a lab that handed its end of the channel on to somebody else. */
function watchParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 1000).unref();
}
