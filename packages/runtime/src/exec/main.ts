import { isSpotproofError, SpotproofError } from '@spotproof/core';
import { nodeProcess } from '../process/door.ts';
import { settings as readSettings, type Settings } from '../process/settings.ts';
import { systemClock } from '../process/system-clock.ts';
import { execSchedule } from './exec-schedule.ts';
import { awaitListening } from './front/await-listening.ts';
import { freePort } from './front/free-port.ts';
import { Front } from './front/front.ts';
import { listenForHealthChecks } from './health-endpoint.ts';
import { parseExecArguments, USAGE, type ExecOptions, type HealthPort } from './options.ts';
import { writeOut } from './process/output.ts';
import { watchOrphans } from './process/orphans.ts';
import { becomeReaper } from './process/reaper.ts';
import { Program } from './process/program.ts';
import { onSignals } from './process/signals.ts';
import { Supervisor } from './supervisor.ts';

/**
 * The command `spotproof-exec`. Ends the process by itself unless there is nothing to run.
 *
 * @param argv The arguments after the command's own name.
 */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const options = parseExecArguments(argv);
    if (options === undefined) {
      writeOut(USAGE);
      return;
    }
    const settings = readSettings(options.stopTimeoutSeconds === undefined ? {} : { stopTimeoutSeconds: options.stopTimeoutSeconds }, nodeProcess);
    const ports = await choosePorts(options);
    // Before anything is started or listened to, since it starts this command a second time.
    becomeReaper();
    await run(options, settings, ports);
  } catch (error) {
    if (!isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID')) throw error;
    fail(error.message, WRONG_USE);
  }
}

async function run(options: ExecOptions, settings: Settings, ports: Ports | undefined): Promise<void> {
  const { command, host, stopSignal } = options;
  const lingerMs = options.lingerSeconds === undefined ? undefined : options.lingerSeconds * 1_000;
  const schedule = execSchedule({ settings, hasFront: ports !== undefined, lingerMs });
  let supervisor: Supervisor | undefined;
  let early: NodeJS.Signals | undefined;
  // Before the program is there, or a signal in its first moment would end us and leave it behind.
  onSignals({
    alsoStop: stopSignal,
    stop: (signal) => (supervisor === undefined ? (early ??= signal) : supervisor.stop(signal)),
    relay: (signal) => supervisor?.relay(signal),
  });
  const program = await Program.start({ command, env: programEnvironment(ports, (schedule.releaseMs - schedule.lingerCapMs) / 1_000) });
  if (!(program instanceof Program)) {
    fail(program.sentence, program.exitCode);
    return;
  }
  supervisor = new Supervisor({
    door: nodeProcess,
    clock: systemClock,
    settings,
    program,
    file: command[0],
    hasFront: ports !== undefined,
    lingerMs,
    stopSignal,
  });
  const warn = (sentence: string): void => supervisor?.warn(sentence);
  watchOrphans(systemClock, warn);
  nodeProcess.writeError(`spotproof: ${announcement(options, settings, { ports, lingerMs: schedule.lingerCapMs, killMs: schedule.releaseMs })}`);
  if (lingerMs !== undefined && lingerMs > schedule.lingerCapMs) {
    warn(
      `--linger ${lingerMs / 1_000} is cut to ${inSeconds(schedule.lingerCapMs)}, which is what a stop timeout of ${inSeconds(settings.budgetMs)} allows.`,
    );
  }
  if (early !== undefined) supervisor.stop(early);
  if (options.health !== undefined) await openHealthPort(options.health, { supervisor, host });
  if (ports !== undefined) await openFront(ports, { supervisor, settings, host });
}

async function openHealthPort(
  health: HealthPort,
  { supervisor, host }: { readonly supervisor: Supervisor; readonly host: string | undefined },
): Promise<void> {
  await listening('--health-port', health.port, () =>
    listenForHealthChecks({
      ...health,
      host,
      readiness: () => supervisor.readiness,
      onHealthCheck: (address) => supervisor.healthChecks.note(address, systemClock.now()),
    }),
  );
}

/** The front opens once the program listens: until then the balancer must find nobody here. */
async function openFront(
  ports: Ports,
  { supervisor, settings, host }: { readonly supervisor: Supervisor; readonly settings: Settings; readonly host: string | undefined },
): Promise<void> {
  const cancelWarning = systemClock.schedule(LONG_START_MS, () =>
    supervisor.warn(
      `the program does not listen on port ${ports.program} yet, and port ${ports.listen} stays closed until it does. PORT=${ports.program} tells it.`,
    ),
  );
  const programHost = await awaitListening({ port: ports.program, clock: systemClock, isOver: () => !supervisor.isStarting });
  cancelWarning();
  if (programHost === undefined) return;
  await listening('--front', ports.listen, async () => {
    const front = await Front.listen({
      clock: systemClock,
      host,
      port: ports.listen,
      program: { host: programHost, port: ports.program },
      idleMs: settings.balancerIdleMs + IDLE_MARGIN_MS,
      healthChecks: supervisor.healthChecks,
      onRequest: () => supervisor.requested(),
      onChange: () => supervisor.changed(),
      onUnanswered: (request) => supervisor.unanswered(request),
    });
    supervisor.useFront(front);
  });
}

interface Ports {
  readonly listen: number;
  readonly program: number;
}

async function choosePorts({ front }: ExecOptions): Promise<Ports | undefined> {
  if (front === undefined) return undefined;
  const listen = front.listen === 'env' ? portFromEnvironment() : front.listen;
  if (listen === undefined) return undefined;
  let program = front.program === 'auto' ? await freePort() : front.program;
  if (program === listen) program = await freePort();
  return { listen, program };
}

function portFromEnvironment(): number {
  const text = nodeProcess.env('PORT')?.trim();
  const port = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `--front without a port of its own listens where PORT says, which is ${text === undefined ? 'not set' : `"${text}"`}. Set PORT, or write the port: --front 8080:auto.`,
  );
}

/** What the program is told on top of its environment. */
function programEnvironment(ports: Ports | undefined, leftSeconds: number): Readonly<Record<string, string | undefined>> {
  // A program that drains by itself with our runtime must be done by the time at which we kill it.
  const budget = { SPOTPROOF_STOP_TIMEOUT: String(Math.max(1, Math.floor(leftSeconds * 10) / 10)) };
  if (ports === undefined) return budget;
  // With a front the drain is ours, and so is its report.
  return { ...budget, PORT: String(ports.program), SPOTPROOF: nodeProcess.env('SPOTPROOF') ?? 'off', SPOTPROOF_REPORT: undefined };
}

async function listening(option: string, port: number, listen: () => Promise<void>): Promise<void> {
  try {
    await listen();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why =
      code === 'EADDRINUSE'
        ? option === '--front'
          ? 'something listens there already, perhaps the program itself: PORT tells it another port'
          : 'something listens there already'
        : code === 'EACCES'
          ? 'this user may not listen there; take a port from 1024 on'
          : code;
    fail(`${option}: port ${port} cannot be opened, ${why}.`, WRONG_USE);
  }
}

function announcement(
  { command, health, stopSignal }: ExecOptions,
  { budgetMs, budgetFrom }: Settings,
  { ports, lingerMs, killMs }: { readonly ports: Ports | undefined; readonly lingerMs: number; readonly killMs: number },
): string {
  const told = stopSignal ?? 'the same signal';
  const plan =
    ports === undefined
      ? `on SIGTERM it goes on for ${inSeconds(lingerMs)}, then gets ${told}`
      : `port ${ports.listen} in front of its port ${ports.program}; on SIGTERM drained, then given ${told}`;
  const checks = health === undefined ? '' : `; health checks on port ${health.port}`;
  const from = budgetFrom === 'default' ? 'the default; SPOTPROOF_STOP_TIMEOUT tells it' : budgetFrom === 'option' ? '--stop-timeout' : budgetFrom;
  return `running ${command[0]}: ${plan}, killed after ${inSeconds(killMs)}${checks}. Stop timeout ${inSeconds(budgetMs)} (${from}).`;
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function fail(sentence: string, exitCode: number): void {
  nodeProcess.writeError(`spotproof-exec: ${sentence}`);
  nodeProcess.exit(exitCode);
}

const WRONG_USE = 2;
/** So that it is the balancer which closes first. */
const IDLE_MARGIN_MS = 5_000;
const LONG_START_MS = 10_000;
