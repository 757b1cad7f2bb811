import { parseDeploymentStateChange } from './deployment-state-change.ts';
import { Fields, MalformedEvent } from './fields.ts';
import { parseServiceAction } from './service-action.ts';
import { parseTaskStateChange } from './task-state-change.ts';
import type { EcsEvent, EventEnvelope, NoopReason } from './types.ts';

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
  if (source !== 'aws.ecs') return noop('foreign', `source must be "aws.ecs", got "${source}"`);
  const parseDetail = PARSERS.get(event.text('detail-type'));
  if (parseDetail === undefined) return noop('unknown-kind', `detail-type "${event.text('detail-type')}" is not one that is handled`);
  const envelope: EventEnvelope = {
    id: event.text('id'),
    at: event.instant('time'),
    account: event.text('account'),
    region: event.text('region'),
  };
  return parseDetail(envelope, event.object('detail'), event);
}

function noop(why: NoopReason, explanation: string): EcsEvent {
  return { kind: 'noop', why, explanation };
}

const PARSERS = new Map<string, (envelope: EventEnvelope, detail: Fields, event: Fields) => EcsEvent>([
  ['ECS Task State Change', parseTaskStateChange],
  ['ECS Service Action', parseServiceAction],
  ['ECS Deployment State Change', parseDeploymentStateChange],
]);
