import { parseDeploymentStateChange } from './deployment-state-change.ts';
import { Fields, MalformedEvent } from './fields.ts';
import { parseServiceAction } from './service-action.ts';
import { parseTaskStateChange } from './task-state-change.ts';
import type { EventEnvelope } from './envelope.ts';
import type { EcsEvent, NoopReason } from './types.ts';

/**
 * An EventBridge event of Amazon ECS as a value, from its parsed JSON. Reads what it needs and ignores the rest, since fields may be added at any
 * time (EventBridge events reference, Amazon ECS). Never throws: what cannot be used becomes a `noop` that says why.
 */
export function parseEvent(value: unknown): EcsEvent {
  try {
    return parse(new Fields(value, 'event'));
  } catch (error) {
    if (error instanceof MalformedEvent) return noop('malformed', error.message);
    throw error;
  }
}

function parse(event: Fields): EcsEvent {
  const source = event.text('source');
  const detailType = event.text('detail-type');
  if (SCHEDULERS.has(source) && detailType === 'Scheduled Event') return { kind: 'tick', ...parseEnvelope(event) };
  if (source !== 'aws.ecs') return noop('foreign', `source must be "aws.ecs", got "${source}"`);
  const parseDetail = PARSERS.get(detailType);
  if (parseDetail === undefined) return noop('unknown-kind', `detail-type "${detailType}" is not one that is handled`);
  return parseDetail(parseEnvelope(event), event.object('detail'), event);
}

function parseEnvelope(event: Fields): EventEnvelope {
  return { id: event.text('id'), at: event.instant('time'), account: event.text('account'), region: event.text('region') };
}

function noop(why: NoopReason, explanation: string): EcsEvent {
  return { kind: 'noop', why, explanation };
}

const PARSERS = new Map<string, (envelope: EventEnvelope, detail: Fields, event: Fields) => EcsEvent>([
  ['ECS Task State Change', parseTaskStateChange],
  ['ECS Service Action', parseServiceAction],
  ['ECS Deployment State Change', parseDeploymentStateChange],
]);
/** Rules with a schedule, and EventBridge Scheduler. */
const SCHEDULERS: ReadonlySet<string> = new Set(['aws.events', 'aws.scheduler']);
