// Servers from npm that people really use, unmodified, under `spotproof lab --protect`: nothing may be lost. Exit 1 when something was.
//   npm run bench -- trials [--compare] [--only serve,verdaccio] [--rate 100] [--seed 1]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LabReport } from '../../packages/spotproof/src/verdict/report-document.ts';
import { runLab } from './lab/run-lab.ts';
import { type TrialApp, trialApps, TRIALS } from './lab/trial-apps.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';

interface Options {
  /** Also without protection. */
  readonly compare: boolean;
  readonly rate: string;
  readonly seed: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      compare: { type: 'boolean', default: false },
      only: { type: 'string' },
      rate: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (!install()) return 3;
  console.log(describeMachine());
  const only = values.only?.split(',');
  const apps = (await trialApps()).filter(({ name }) => only === undefined || only.some((part) => name.startsWith(part)));
  if (apps.length === 0) throw new Error('--only names no app of trials/apps.json.');

  const rows: (readonly string[])[] = [];
  let unexpected = 0;
  for (const app of apps) {
    const bare = values.compare ? await trial(app, { ...values, protect: false }) : undefined;
    const report = await trial(app, { ...values, protect: true });
    if (report?.verdict !== 'clean' && app.limit === undefined) unexpected += 1;
    rows.push([app.name, ...(values.compare ? [lost(bare)] : []), ...protectedCells(report), app.limit ?? '']);
  }
  const header = [
    'app',
    ...(values.compare ? ['lost without'] : []),
    'requests',
    'lost under --protect',
    'verdict',
    'exit after SIGTERM',
    'known limit',
  ];
  console.log(`\n${markdownTable(header, rows)}`);
  return unexpected === 0 ? 0 : 1;
}

/** Undefined when the lab had nothing to say. */
async function trial(app: TrialApp, options: Options & { readonly protect: boolean }): Promise<LabReport | undefined> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'spotproof-trial-'));
  try {
    await prepare(work, app);
    const filled = (text: string): string => text.replaceAll('{work}', work);
    const result = await runLab({
      flags: [
        ...FLAGS,
        `--rate=${options.rate}`,
        `--seed=${options.seed}`,
        `--health-check=${app.health},5s,2`,
        `--requests=${path.join(work, 'requests.json')}`,
        ...Object.entries(app.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${filled(value)}`]),
        ...(options.protect ? ['--protect'] : []),
      ],
      command: app.command.map(filled),
      cwd: TRIALS,
      limitMs: 240_000,
    });
    const label = `${app.name}${options.protect ? ' --protect' : ''}`;
    if (result.kind === 'failed') {
      console.error(`${label}: no report (exit ${result.status})\n${result.output}`);
      return undefined;
    }
    const { report } = result;
    console.error(`${label}: ${report.summary}${report.blame.map(({ count, sentence }) => `\n    ${count} × ${sentence}`).join('')}`);
    return report;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What the app may write into, fresh for each run, with a file that takes a while to send. */
async function prepare(work: string, app: TrialApp): Promise<void> {
  await cp(path.join(TRIALS, 'apps'), work, { recursive: true });
  const line = 'a large file, line after line, so that its answer is still under way when something happens\n';
  await writeFile(path.join(work, 'site', 'large.bin'), `${line.repeat(Math.floor(LARGE_OCTETS / line.length))}END\n`);
  await writeFile(path.join(work, 'requests.json'), JSON.stringify(app.requests));
}

function lost(report: LabReport | undefined): string {
  return report === undefined ? 'no report' : `${report.requests.lost} of ${report.requests.total}`;
}

function protectedCells(report: LabReport | undefined): readonly string[] {
  if (report === undefined) return ['', '', 'no report', ''];
  const interrupted = report.tasks.find((task) => task.interruptedAt !== undefined);
  const { sigtermAt, exitedAt, exitCode, exitSignal } = interrupted ?? {};
  const took =
    sigtermAt === undefined || exitedAt === undefined
      ? 'unknown'
      : `${((exitedAt - sigtermAt) / 1_000).toFixed(1)} s, ${exitSignal ?? `exit ${exitCode}`}`;
  return [String(report.requests.total), String(report.requests.lost + report.requests.lostInControl), report.verdict, took];
}

function install(): boolean {
  if (existsSync(path.join(TRIALS, 'node_modules', '.package-lock.json'))) return true;
  console.error('Installing the apps that trials/package-lock.json names (once) …');
  // None of them needs its install scripts, and strangers' scripts are best not run.
  return spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: TRIALS, stdio: 'inherit' }).status === 0;
}

const LARGE_OCTETS = 1_000_000;

const FLAGS = '--tasks 3 --control 3 --interrupt 1@3s --deregister-after 5'.split(' ');

process.exitCode = await main();
