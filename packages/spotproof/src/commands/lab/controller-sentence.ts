import { shortTaskId } from '../../task-id.ts';

/** A decision of the capacity controller in words; undefined for one that changes nothing. */
export function controllerSentence(decision: Readonly<Record<string, unknown>>): string | undefined {
  switch (decision['type']) {
    case 'reconcile':
      return reconcileSentence(decision);
    case 'deregister':
      return `controller: task ${shortTaskId(lastPart(decision['taskArn']))} ${DEREGISTRATIONS[String(decision['outcome'])] ?? String(decision['outcome'])}`;
    default:
      return decision['why'] === 'cloud-refused' ? `controller: refused by the cloud: ${String(decision['problem'])}` : undefined;
  }
}

function reconcileSentence(decision: Readonly<Record<string, unknown>>): string | undefined {
  const [state, before] = [String(decision['state']), decision['previousState']];
  const all: readonly unknown[] = Array.isArray(decision['actions']) ? decision['actions'] : [];
  const actions = all.flatMap((one) => actionWords(one) ?? []);
  const isNews = typeof before === 'string' && before !== state;
  if (!isNews && actions.length === 0) return undefined;
  return `controller: ${[isNews ? `${before} → ${state}` : state, ...actions].join(', ')}`;
}

function actionWords(one: unknown): string | undefined {
  if (!isRecord(one) || !isRecord(one['action'])) return undefined;
  const { type, previous, count, why } = one['action'];
  const what = type === 'set-fallback' ? `fallback ${String(previous)} → ${String(count)} (${String(why)})` : String(type);
  return one['outcome'] === 'done' ? what : `${what}: ${String(one['outcome'])}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function lastPart(arn: unknown): string {
  return typeof arn === 'string' ? arn.slice(arn.lastIndexOf('/') + 1) : '';
}

const DEREGISTRATIONS: Readonly<Record<string, string>> = {
  deregistered: 'deregistered early',
  'aws-was-first': 'had left its target group already',
  'held-back': 'left in its target group, nothing else serves',
};
