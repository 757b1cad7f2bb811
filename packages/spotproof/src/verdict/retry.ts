import type { JoinedRequest } from './join.ts';
import type { LabRun, LabTask } from './lab-run.ts';
import { rotationsOf, type Rotation } from './rotation.ts';

/**
 * Whether a client may send the request again without fear that the work is done twice: its method is idempotent (RFC 9110, 9.2.2), or the facts show that no
 * handler can have had it, because no connection to a target came about or no target was chosen. A reset on an open connection shows no such thing.
 */
export function isSafeToRetry(request: JoinedRequest): boolean {
  const { client, balancer } = request;
  // What was said on a connection that broke may have been done.
  if (client.protocol === 'websocket' && (client.longLived?.sent ?? 0) > 0) return false;
  if (IDEMPOTENT_METHODS.has(client.method.toUpperCase()) || client.outcome === 'refused') return true;
  if (balancer === undefined) return false;
  if (balancer.cause !== undefined && CAUSES_BEFORE_ANY_HANDLER.has(balancer.cause)) return true;
  return balancer.sentAt === undefined && balancer.targetStatus === undefined;
}

/**
 * Says of a lost request whether a client that retries once would have lost it too: it may not retry (see {@link isSafeToRetry}), or at the moment of the loss
 * the node had no other target that could have answered. The retry is taken to go out at once, on another connection, to another target.
 */
export function lostDespiteRetry(run: LabRun): (request: JoinedRequest) => boolean {
  const rotations = new Map(run.tasks.map((task) => [task.id, rotationsOf(run, task)]));
  return (request) => {
    if (!isSafeToRetry(request)) return true;
    const { endedAt, node } = request.client;
    return !run.tasks.some((task) => task !== request.task && couldAnswer({ task, rotations: rotations.get(task.id) ?? [], node, at: endedAt }));
  };
}

function couldAnswer(question: {
  readonly task: LabTask;
  readonly rotations: readonly Rotation[];
  readonly node: string;
  readonly at: number;
}): boolean {
  const { task, rotations, node, at } = question;
  const listening =
    task.listeningAt !== undefined && task.listeningAt <= at && (task.listenerClosedAt ?? Infinity) > at && (task.exitedAt ?? Infinity) > at;
  return listening && rotations.some((rotation) => rotation.node === node && rotation.from <= at && (rotation.to ?? Infinity) > at);
}

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const CAUSES_BEFORE_ANY_HANDLER: ReadonlySet<string> = new Set(['target-refused', 'target-connect-timeout', 'no-registered-targets']);
