import { isPlantedLoss } from './faults/planted.ts';
import type { JoinedRequest } from './join.ts';
import type { LabRun } from './lab-run.ts';

/** Every request in exactly one of four lists. */
export interface Account {
  readonly answered: readonly JoinedRequest[];
  /** Bad answers of the app that it also gave in the control phase to the same kind of request. */
  readonly tolerated: readonly JoinedRequest[];
  readonly lost: readonly JoinedRequest[];
  /** Lost to a fault that was planted, while the sick task had to be in rotation: expected, and the fault's doing, not the app's. */
  readonly planted: readonly JoinedRequest[];
}

/**
 * Decides for each request whether it was answered or lost. Any complete answer below 500 is answered, unless the requests file asked for another one.
 * A 5xx that the app itself made is lost, unless the control phase has one for the same kind of request: then it is what the app does anyway.
 * A 5xx of the balancer is always lost.
 */
export function account(run: LabRun, requests: readonly JoinedRequest[]): Account {
  const isPlanted = isPlantedLoss(run);
  const ordinary = new Set<string>();
  for (const request of requests) if (request.phase === 'control' && isBadAnswerOfApp(request)) ordinary.add(badAnswerKey(request));

  const answered: JoinedRequest[] = [];
  const tolerated: JoinedRequest[] = [];
  const lost: JoinedRequest[] = [];
  const planted: JoinedRequest[] = [];
  for (const request of requests) {
    if (request.client.outcome === 'answered') answered.push(request);
    else if (isPlanted(request)) planted.push(request);
    else if (isBadAnswerOfApp(request) && ordinary.has(badAnswerKey(request))) tolerated.push(request);
    else lost.push(request);
  }
  return { answered, tolerated, lost, planted };
}

/** True when the application, and not the balancer, made this complete but bad answer. */
export function isBadAnswerOfApp(request: JoinedRequest): boolean {
  const { client, balancer } = request;
  if (client.outcome !== 'bad-status') return false;
  // An app may send the balancer's own Server header, so what the balancer saw from the target weighs more than what the client could guess.
  return balancer === undefined ? client.answeredBy === 'app' : balancer.targetStatus !== undefined && balancer.targetStatus === client.status;
}

/** An unexpected 404 in the control phase does not excuse a 500 later. */
function badAnswerKey(request: JoinedRequest): string {
  return `${(request.client.status ?? 0) >= 500 ? '5xx' : 'other'} ${request.client.name}`;
}
