import path from 'node:path';
import type { Command } from 'commander';
import { makeRunDirectory, readUserFile, writeReportFile } from '../../lab/run-files.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { parseRequestsFile } from '../../load/requests-file.ts';
import type { RequestSpec } from '../../load/request-spec.ts';
import { renderHtml } from '../../report/html.ts';
import { renderComparison, renderText } from '../../report/text.ts';
import type { LabReport } from '../../verdict/report-document.ts';
import { onInterrupt } from '../interrupt.ts';
import { standardError, standardOutput } from '../streams.ts';
import { awsStageOf } from './aws.ts';
import type { LabFlags } from './flags.ts';
import { openLive } from './live.ts';
import { DEFAULT_REQUESTS, labOptions } from './options.ts';
import { performRun } from './perform-run.ts';
import { repeatCommand } from './repeat.ts';
import { invalid } from './values.ts';

/** `spotproof lab`: runs, judges, writes the report, prints it. Resolves to the exit code. */
export async function runLabCommand(command: readonly string[], flags: LabFlags, declared: Command): Promise<number> {
  if (flags.protect === true && flags.compare === true)
    throw invalid('--compare', 'given without --protect: it runs both ways by itself', '--protect');
  const requests = await requestsOf(flags);
  const directory = path.resolve(flags.report);
  const variants = variantsOf(flags).map(({ protect, label }) => ({
    label,
    options: labOptions(flags, { command, cwd: process.cwd(), runDirectory: path.join(directory, label), requests, protect }),
    repeat: repeatCommand(flags, defaultsOf(declared), command, protect),
  }));
  const makeStage = await awsStageOf(
    flags,
    variants.map(({ options }) => options),
  );
  await makeRunDirectory('--report', directory);

  const live = await openLive(flags);
  if (live !== undefined) standardError.write(`Live page: ${live.url}\n`);
  const reports: LabReport[] = [];
  const interrupt = onInterrupt();
  try {
    for (const { label, options, repeat } of variants) {
      const progress = {
        write: standardError.write,
        live: standardError.isTerminal,
        label: variants.length === 1 ? '' : `${label.padEnd('protected'.length)} `,
      };
      const listener = live?.begin(label, options);
      const report = await performRun({
        options,
        progress,
        live: listener,
        makeStage,
        strict: flags.strict === true,
        repeat,
        signal: interrupt.signal,
      });
      live?.end(report, asTyped(path.join(directory, 'report.html')));
      reports.push(report);
      if (!isComparable(report)) break;
    }
    await present(reports, directory, flags);
  } finally {
    interrupt.release();
    await live?.close();
  }
  return exitCode(reports);
}

async function requestsOf(flags: LabFlags): Promise<readonly RequestSpec[]> {
  if (flags.requests === undefined) return DEFAULT_REQUESTS;
  return parseRequestsFile(await readUserFile('--requests', flags.requests), flags.requests);
}

interface Variant {
  readonly protect: boolean;
  /** Names the run's folder and, in a comparison, its lines. */
  readonly label: string;
}

function variantsOf(flags: LabFlags): readonly Variant[] {
  const plain = { protect: false, label: 'plain' };
  const protectedRun = { protect: true, label: 'protected' };
  if (flags.compare === true) return [plain, protectedRun];
  return [flags.protect === true ? protectedRun : plain];
}

/** What the options would be without the command line: those need not be repeated. */
function defaultsOf(declared: Command): Readonly<Record<string, unknown>> {
  return Object.fromEntries(declared.options.map((option) => [option.attributeName(), option.defaultValue]));
}

/** A run that ended by itself; after a failed start or Ctrl-C the second half of a comparison would say nothing. */
function isComparable(report: LabReport): boolean {
  return report.verdict !== 'app-failed' && report.verdict !== 'cancelled';
}

async function present(reports: readonly LabReport[], directory: string, flags: LabFlags): Promise<void> {
  const [first, second] = reports;
  if (first === undefined) return;
  const document = second === undefined ? first : { schema: 'spotproof.lab-comparison/1', plain: first, protected: second };
  const json = `${JSON.stringify(document, null, 2)}\n`;
  await writeReportFile(directory, 'report.json', json);
  const page = await writeReportFile(directory, 'report.html', renderHtml(second === undefined ? first : [first, second]));
  if (flags.json === true) {
    standardOutput.write(json);
    return;
  }
  const look = { color: standardOutput.hasColor, width: standardOutput.width };
  const text = second === undefined ? renderText(first, look) : renderComparison(first, second, look);
  standardOutput.write(`\n${text}\nReport: ${asTyped(page)}\n`);
}

/** As a person in this directory would write it. */
function asTyped(file: string): string {
  return path.relative(process.cwd(), file) || file;
}

/** A comparison stands or falls with its protected run: that the plain one loses is what it is there to show. */
function exitCode(reports: readonly LabReport[]): number {
  return reports.at(-1)?.exitCode ?? EXIT_CODES.fault.code;
}
