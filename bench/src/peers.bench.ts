// Does the lab tell the truth? Runs it on each popular shutdown library in README configuration and holds what it counts against what an
// independent experiment counted (lab/reference.ts). Exit 1 when a cell disagrees, 3 when one could not be measured.
//   npm run bench -- peers [--seeds 3] [--only terminus,stoppable] [--deregister-after 0,3] [--node /usr/bin/node]
import { parseArgs } from 'node:util';
import path from 'node:path';
import type { LabReport } from '../../packages/spotproof/src/verdict/report-document.ts';
import { ROOT } from '../../scripts/support/workspace.ts';
import { agrees, DELAYS, type Delay, type Failed, NO_HANDLER_NOT_PID_1, PEERS, type PeerReference } from './lab/reference.ts';
import { runLab } from './lab/run-lab.ts';
import { quantile } from './measure/statistics.ts';
import { describeMachine } from './print/machine.ts';
import { markdownTable } from './print/table.ts';

interface Options {
  readonly seeds: number;
  readonly peers: readonly Subject[];
  readonly delays: readonly Delay[];
  /** The Node that runs the peers; the lab itself runs on this one. */
  readonly node: string;
}

interface Subject extends PeerReference {
  readonly protect: boolean;
}

interface Cell {
  readonly subject: Subject;
  readonly delay: Delay;
  readonly reports: readonly LabReport[];
}

async function main(): Promise<number> {
  const options = parse();
  console.log(`${describeMachine()}; peers on ${options.node}`);
  const cells: Cell[] = [];
  for (const subject of options.peers) {
    for (const delay of options.delays) cells.push(await measure(options, subject, delay));
  }
  console.log(`\n${countsTable(options, cells)}\n\n${endingsTable(options, cells)}`);
  const verdicts = cells.map(verdictOf);
  console.log(`\n${verdicts.filter((verdict) => verdict === 'agrees').length} of ${cells.length} cells agree.`);
  return verdicts.includes('DISAGREES') ? 1 : verdicts.includes('not measured') ? 3 : 0;
}

/** As many runs as there are seeds. A run that the lab calls void was starved of CPU and is repeated with a seed of its own, as the reference did. */
async function measure(options: Options, subject: Subject, delay: Delay): Promise<Cell> {
  const reports: LabReport[] = [];
  for (let seed = 1; reports.length < options.seeds && seed <= options.seeds + MOST_REPEATS; seed++) {
    const result = await runLab({
      flags: [
        ...FLAGS,
        '--seed',
        String(seed),
        '--deregister-after',
        String(delay),
        '--duration',
        String(durationSeconds(delay)),
        ...protection(subject),
      ],
      command: [options.node, path.join('bench', 'peers', `${subject.program}.mjs`)],
      cwd: ROOT,
      limitMs: RUN_LIMIT_MS,
    });
    const label = `${subject.name}, deregistered after ${delay} s, seed ${seed}`;
    if (result.kind === 'failed') console.error(`${label}: no report (exit ${result.status})\n${result.output}`);
    else if (result.report.verdict === 'void') console.error(`${label}: ${result.report.summary}`);
    else {
      reports.push(result.report);
      console.error(`${label}: ${lostIn(result.report)} of ${result.report.requests.total} lost`);
    }
  }
  return { subject, delay, reports };
}

function countsTable(options: Options, cells: readonly Cell[]): string {
  const header = ['lost requests', ...options.delays.flatMap((delay) => [`N=${delay} reference`, `N=${delay} lab`, ''])];
  const rows = options.peers.map((subject) => [
    subject.name,
    ...cells.filter((cell) => cell.subject === subject).flatMap((cell) => [range(referenceOf(cell)), range(labOf(cell)), verdictOf(cell)]),
  ]);
  return markdownTable(header, rows);
}

/** How the interrupted task ended, and what became of the requests; of the runs at the middle delay. */
function endingsTable(options: Options, cells: readonly Cell[]): string {
  const delay = options.delays[Math.floor(options.delays.length / 2)];
  const header = [`N=${delay}`, 'outcomes of the lost (first seed)', 'exit after SIGTERM', 'how'];
  const rows = cells
    .filter((cell) => cell.delay === delay)
    .map((cell) => {
      const [report] = cell.reports;
      const interrupted = report?.tasks.find((task) => task.interruptedAt !== undefined);
      if (report === undefined || interrupted === undefined) return [cell.subject.name, '', '', 'not measured'];
      const { sigtermAt, exitedAt, killed, exitCode, exitSignal } = interrupted;
      const tookMs = sigtermAt === undefined || exitedAt === undefined ? undefined : exitedAt - sigtermAt;
      return [
        cell.subject.name,
        outcomes(report),
        tookMs === undefined ? 'after the end of the run' : `${(tookMs / 1_000).toFixed(1)} s`,
        killed ? 'SIGKILL' : (exitSignal ?? `exit ${exitCode}`),
      ];
    });
  return markdownTable(header, rows);
}

function outcomes(report: LabReport): string {
  const counts = new Map<string, number>();
  for (const loss of report.losses) {
    const name = loss.status === undefined ? loss.outcome : `${loss.status}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ') || 'none';
}

type CellVerdict = 'agrees' | 'DISAGREES' | 'not measured';

function verdictOf(cell: Cell): CellVerdict {
  if (cell.reports.length === 0) return 'not measured';
  return agrees(referenceOf(cell), labOf(cell).median) ? 'agrees' : 'DISAGREES';
}

function referenceOf({ subject, delay, reports }: Cell): Failed {
  const notFirst = reports.some((report) => !report.run.pidNamespaces);
  const row = subject.program === NO_HANDLER_NOT_PID_1.program && !subject.protect && notFirst ? NO_HANDLER_NOT_PID_1 : subject;
  return row.failed[delay];
}

function labOf({ reports }: Cell): Failed {
  const lost = reports.map(lostIn);
  return { median: quantile(lost, 0.5), low: Math.min(...lost), high: Math.max(...lost) };
}

/** Every loss counts: the reference did not set a control phase apart. */
function lostIn(report: LabReport): number {
  return report.requests.lost + report.requests.lostInControl;
}

function range({ median, low, high }: Failed): string {
  if (Number.isNaN(median)) return '';
  return low === high ? String(median) : `${median} (${low}–${high})`;
}

function protection(subject: Subject): readonly string[] {
  return subject.protect ? ['--protect'] : [];
}

/** The reference went on sending for two seconds after the deregistration. */
function durationSeconds(delay: Delay): number {
  return INTERRUPT_AT_SECONDS + delay + 2;
}

function parse(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '3' },
      only: { type: 'string' },
      'deregister-after': { type: 'string' },
      node: { type: 'string', default: process.execPath },
    },
  });
  const article = PEERS.find((peer) => peer.program === 'article');
  const subjects: readonly Subject[] = [
    ...PEERS.map((peer) => ({ ...peer, protect: false })),
    ...(article === undefined ? [] : [{ name: 'the article, under --protect', program: 'article', protect: true, failed: NOTHING_LOST }]),
  ];
  const names = values.only?.split(',');
  const peers = subjects.filter((subject) => names === undefined || names.includes(subject.protect ? 'protected' : subject.program));
  const wanted = values['deregister-after']?.split(',').map(Number);
  const delays = DELAYS.filter((delay) => wanted === undefined || wanted.includes(delay));
  const seeds = Number(values.seeds);
  if (peers.length === 0 || delays.length === 0 || !Number.isInteger(seeds) || seeds < 1) {
    const known = [...PEERS.map((peer) => peer.program), 'protected'].join(', ');
    throw new Error(`Expected --seeds 1 or more, --only of ${known}, --deregister-after of ${DELAYS.join(', ')}.`);
  }
  return { seeds, peers, delays, node: values.node };
}

const NOTHING_LOST: PeerReference['failed'] = { 0: zero(), 3: zero(), 10: zero() };

function zero(): Failed {
  return { median: 0, low: 0, high: 0 };
}

const INTERRUPT_AT_SECONDS = 3;

/** The conditions of the reference: one balancer node without lag, no replacement, and health checks too rare to decide anything. */
const FLAGS = [
  '--tasks 3 --nodes 1 --node-lag 0 --replacement never --stop-timeout 30 --health-check /health,5s,10',
  `--rate 240 --control 2 --interrupt 1@${INTERRUPT_AT_SECONDS}s --requests examples/mixed/requests.json`,
].flatMap((part) => part.split(' '));

const MOST_REPEATS = 3;
const RUN_LIMIT_MS = 180_000;

process.exitCode = await main();
