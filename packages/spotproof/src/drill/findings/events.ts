import { count, list, seconds } from '../../verdict/words.ts';
import type { FindingRule } from './types.ts';

const unseen: FindingRule = ({ events, tasks }) => {
  if (!events.watched || events.tasksToldOf === tasks.length || tasks.length === 0) return undefined;
  const silent = tasks.filter(({ eventSeenAt }) => eventSeenAt === undefined).map(({ id }) => id);
  const nothing = events.received === 0;
  return {
    rule: 'event-unseen',
    severity: 'problem',
    diagnosis: `No event told of the end of ${silent.length === 1 ? 'task' : 'tasks'} ${list(silent.slice(0, 5))}.`,
    cause: nothing
      ? 'The queue got nothing at all: the rule does not match, has no such target, or the policy of the queue does not let events.amazonaws.com send.'
      : `The queue got ${count(events.received, 'event')}, none of them with the reason of an interruption: the rule may match another cluster, another service, or the stopCode alone.`,
    fix: 'Match detail.desiredStatus STOPPED and either stopCode SpotInterruption or TerminationNotice, or a stoppedReason that begins with "Your Spot Task was interrupted" ($or in the pattern).',
    tasks: silent,
  };
};

const late: FindingRule = ({ events }) => {
  if (!events.watched || events.slowestMs === undefined || events.slowestMs < LATE_MS) return undefined;
  return {
    rule: 'event-late',
    severity: 'note',
    diagnosis: `An event took ${seconds(events.slowestMs)} from the stop to the queue.`,
    cause: 'EventBridge promises delivery, not a time; on an interruption it may come after SIGTERM.',
    fix: 'Let the task itself drain on SIGTERM, and take the controller as the second line.',
    tasks: [],
  };
};

const ignored: FindingRule = ({ tasks, service }) => {
  if (service.deregistrationDelays.length === 0) return undefined;
  const missed = tasks.filter(({ firstToDeregister }) => firstToDeregister === 'nobody').map(({ id }) => id);
  if (missed.length === 0) return undefined;
  return {
    rule: 'controller-silent',
    severity: 'problem',
    diagnosis: `The controller wrote nothing about ${missed.length === 1 ? 'task' : 'tasks'} ${list(missed.slice(0, 5))}.`,
    cause: 'It was not told (rule, queue), the service is none of its units, or it refused: its other decisions say so.',
    fix: 'Look for lines of the type `skip` in its decisions, and for messages in the dead-letter queue.',
    tasks: missed,
  };
};

export const eventRules: readonly FindingRule[] = [unseen, ignored, late];

const LATE_MS = 10_000;
