import type { JoinedRequest } from '../join.ts';
import type { LabRun } from '../lab-run.ts';
import { rotationsOf, type Rotation } from '../rotation.ts';
import { boundSlackMs, stopBoundMs } from './bound.ts';
import type { LabFault } from '../fault.ts';

/** Says of a lost request whether a planted fault accounts for it. */
export function isPlantedLoss(run: LabRun): (loss: JoinedRequest) => boolean {
  return (loss) => !wasKnownSick(loss) && faultBehind(run, loss) !== undefined;
}

/**
 * The fault that took the request: it was sent to the sick task before the fault ended and before the health checks had to have stopped the traffic, and was still
 * open when the fault began. What is sent to the task later than that is no longer the fault's doing, but that of whoever sent it.
 */
export function faultBehind(run: LabRun, loss: JoinedRequest): LabFault | undefined {
  const sentAt = sentToTaskAt(loss);
  return run.faults.find((fault) => fault.taskId === loss.task?.id && loss.client.endedAt >= fault.beganAt && sentAt < lastExpectedAt(run, fault));
}

/** The node had found the target unhealthy, and sent to it all the same. */
export function wasKnownSick({ balancer }: JoinedRequest): boolean {
  return balancer?.targetState === 'unhealthy';
}

/** The node had no healthy target and sent to all of them, this one included (AWS, "Target group health"). */
export function isFailOpen(run: LabRun, request: JoinedRequest): boolean {
  if (!wasKnownSick(request)) return false;
  const node = request.balancer?.node;
  const at = sentToTaskAt(request);
  return !rotationsOfRun(run).some((rotation) => rotation.node === node && rotation.from < at && (rotation.to ?? Infinity) > at);
}

/** A task that has been sick at some time. How it ended says nothing about the app. */
export function wasSick(run: LabRun, taskId: string): boolean {
  return run.faults.some((fault) => fault.taskId === taskId);
}

/** When a node passed the request on to its target. */
export function sentToTaskAt({ client, balancer }: JoinedRequest): number {
  return balancer?.sentAt ?? balancer?.receivedAt ?? client.sentAt;
}

function lastExpectedAt(run: LabRun, { beganAt, endedAt }: LabFault): number {
  return Math.min(endedAt ?? Infinity, beganAt + stopBoundMs(run.options.balancer.healthCheck) + boundSlackMs(run));
}

/** Of all tasks. Found once for a run: there may be thousands of requests to ask it for. */
function rotationsOfRun(run: LabRun): readonly Rotation[] {
  const known = rotationsByRun.get(run);
  if (known !== undefined) return known;
  const rotations = run.tasks.flatMap((task) => rotationsOf(run, task));
  rotationsByRun.set(run, rotations);
  return rotations;
}

const rotationsByRun = new WeakMap<LabRun, readonly Rotation[]>();
