import { awsDrillCloud, connectAws, connectSqs, epochClock, sqsQueue } from '@spotproof/controller';
import { SpotproofError } from '@spotproof/core';
import { parseDeregisterNotes } from '../../drill/decisions.ts';
import { DRILL_EXIT_CODES } from '../../drill/exit-codes.ts';
import type { ReceiveEvents } from '../../drill/listen.ts';
import { planDocument, renderPlan } from '../../drill/plan-document.ts';
import type { DrillOptions } from '../../drill/options.ts';
import { type DrillLoad, runDrill } from '../../drill/run-drill.ts';
import { type Refusal, refuseToLeave } from '../../drill/safety.ts';
import { surveyService } from '../../drill/survey.ts';
import { renderDrill } from '../../drill/text.ts';
import { readUserFile } from '../../lab/run-files.ts';
import { onInterrupt } from '../interrupt.ts';
import { invalid } from '../lab/values.ts';
import { standardError, standardOutput } from '../streams.ts';
import type { DrillFlags } from './flags.ts';
import { prepareLoad } from './load.ts';
import { drillOptions, ratePerSecond } from './options.ts';

/** `spotproof drill`: looks, refuses or stops tasks, watches, reports. Asks nothing. Resolves to the exit code. */
export async function runDrillCommand(flags: DrillFlags): Promise<number> {
  const options = drillOptions(flags);
  const rate = ratePerSecond(flags);
  for (const option of ['queueUrl', 'url', 'endpoint'] as const) checkUrl(option, flags[option]);
  refuse(refuseToLeave({ endpoint: flags.endpoint, queueUrl: flags.queueUrl, url: flags.url }, options.permissions));
  if (flags.decisions !== undefined) await readUserFile('--decisions', flags.decisions);
  const where = { region: flags.region, endpoint: flags.endpoint };
  const clients = connectAws(where);
  await clients.ecs.config.region().catch(() => {
    throw invalid('--region', 'given, or AWS_REGION set, such as us-east-1', 'neither');
  });
  const events = flags.queueUrl === undefined ? undefined : connectEvents(where, flags.queueUrl);
  const interrupt = onInterrupt();
  try {
    const cloud = awsDrillCloud(clients);
    const survey = await surveyService(cloud, epochClock, options);
    if (flags.dryRun === true) {
      const plan = planDocument(survey, options);
      standardOutput.write(flags.json === true ? json(plan) : renderPlan(plan));
      return plan.refusals.length === 0 ? DRILL_EXIT_CODES.kept.code : DRILL_EXIT_CODES.refused.code;
    }
    refuse(survey.refusals);
    // Nothing should be stopped for a report that could not say what the rule did.
    await events?.empty(interrupt.signal);
    const report = await runDrill(
      survey,
      options,
      {
        cloud,
        clock: epochClock,
        receive: events?.receive,
        load: await loadOf(flags, rate, options),
        readNotes: notesOf(flags),
        endpoint: flags.endpoint,
        say: (sentence) => standardError.write(`${sentence}\n`),
      },
      interrupt.signal,
    );
    standardOutput.write(
      flags.json === true ? json(report) : `\n${renderDrill(report, { color: standardOutput.hasColor, width: standardOutput.width })}`,
    );
    return report.exitCode;
  } finally {
    interrupt.release();
    clients.destroy();
    events?.destroy();
  }
}

function refuse(refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return;
  const flags = [...new Set(refusals.flatMap(({ flag }) => flag ?? []))];
  const next = flags.length === 0 ? 'Choose another service.' : `If that is what you want, add ${flags.join(' ')}.`;
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `Refused, nothing was stopped. ${refusals.map(({ sentence }) => sentence).join(' ')} ${next}`);
}

async function loadOf({ url }: DrillFlags, rate: number, drill: DrillOptions): Promise<DrillLoad | { readonly why: string }> {
  if (url === undefined) return { why: 'no --url was given.' };
  if (new URL(url).protocol !== 'http:') return { why: `${url} is not plain http, which is all that the drill speaks.` };
  return prepareLoad({ url, ratePerSecond: rate, drill });
}

function notesOf({ decisions }: DrillFlags): (() => Promise<ReturnType<typeof parseDeregisterNotes>>) | undefined {
  return decisions === undefined ? undefined : async () => parseDeregisterNotes(await readUserFile('--decisions', decisions));
}

interface EventQueue {
  readonly receive: ReceiveEvents;
  /** Takes what an earlier drill has left, some messages at most. @throws {SpotproofError} `SPOTPROOF_CLOUD` for a queue that cannot be read. */
  readonly empty: ReceiveEvents;
  readonly destroy: () => void;
}

function connectEvents(where: Parameters<typeof connectSqs>[0], queueUrl: string): EventQueue {
  const sqs = connectSqs(where);
  const queue = sqsQueue(sqs, queueUrl);
  const take = async (waitSeconds: number, signal: AbortSignal): Promise<readonly unknown[]> => {
    const messages = await queue.receive(waitSeconds, signal);
    if (messages.length > 0) await queue.remove(messages.map(({ receiptHandle }) => receiptHandle));
    return messages.map(({ body }) => parseBody(body));
  };
  return {
    receive: (signal) => take(LONG_POLL_SECONDS, signal),
    empty: (signal) => take(0, signal),
    destroy: () => sqs.destroy(),
  };
}

/** What is no JSON is no event; it counts as received. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function checkUrl(option: 'queueUrl' | 'url' | 'endpoint', text: string | undefined): void {
  if (text !== undefined && !/^https?:\/\/./.test(text)) throw invalid(OPTION_NAMES[option], 'an address such as http://127.0.0.1:4570', text);
  if (text !== undefined && !URL.canParse(text)) throw invalid(OPTION_NAMES[option], 'an address such as http://127.0.0.1:4570', text);
}

function json(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

const OPTION_NAMES = { queueUrl: '--queue-url', url: '--url', endpoint: '--endpoint' } as const;
const LONG_POLL_SECONDS = 5;
