import { SpotproofError } from '@spotproof/core';
import type { DeliveryProfile, Deregistration, Replacement, TaskDelays } from '@spotproof/world';
import type { CloudWatch } from './watch.ts';
import type { CallRecord } from './wire/endpoint.ts';

/** How a local cloud behaves. Everything but the folder has a default. */
export interface CloudOptions {
  /** Where the output of tasks goes; it is made when it is not there. */
  readonly directory: string;
  /** The port of 127.0.0.1 that all AWS clients are pointed at. Default 0: any free one. */
  readonly port?: number;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Twelve digits. Default 111122223333. */
  readonly account?: string;
  /** How events reach their rules. Default `prompt`. */
  readonly delivery?: DeliveryProfile;
  /** What an interruption does to the target registration. Default: the profile `late`, as in the lab. */
  readonly deregistration?: Deregistration;
  /** How late a balancer learns of a deregistration: drawn between 0 and this. Default 5 s, as in the lab. */
  readonly maxNodeLagMs?: number;
  /** How long a network load balancer goes on sending new connections to a deregistered target: drawn between 0 and this. Default 120 s, as users measured it. */
  readonly maxNewConnectionsMs?: number;
  /** When an interrupted task is replaced. Default `at-notice`. */
  readonly replacement?: Replacement;
  /** How long tasks stay in the states that Fargate decides about. By default only detaching the network takes time, 1 to 3 s. */
  readonly delays?: TaskDelays;
  /** Refuse calls as AWS does when they come too often. Default false: a laptop has one user. */
  readonly throttle?: boolean;
  /** How long a task may take until its containers accept connections. Default 20 s. */
  readonly startTimeoutMs?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Where containers without a working directory start. Default: that of the process. */
  readonly cwd?: string;
  /** Whether each task is the first process of a PID namespace where the system allows it. Default `auto`. */
  readonly pidNamespaces?: 'auto' | 'off';
  /** May throw a `CloudFault`: a planted failure. */
  readonly admit?: (call: { readonly service: string; readonly operation: string }) => void;
  /** Is told of every call, as it went. */
  readonly onCall?: (call: CallRecord) => void;
  /** Keeps account of what happens. */
  readonly watch?: CloudWatch;
  /** Is told what a person should know: a balancer that broke, a task that could not be tried. */
  readonly onTrouble?: (message: string) => void;
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first value out of range. */
export function checkCloudOptions({ port = 0, region = DEFAULT_REGION, account = DEFAULT_ACCOUNT }: CloudOptions): void {
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw invalid('port', 'a whole number from 0 to 65535', String(port));
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) throw invalid('region', 'the name of an AWS region such as eu-west-1', region);
  if (!/^\d{12}$/.test(account)) throw invalid('account', 'twelve digits', account);
}

function invalid(option: string, expected: string, got: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}, got ${JSON.stringify(got)}. Correct the value.`, {
    details: { option, got },
  });
}

export const DEFAULT_NODE_LAG_MS = 5000;
export const DEFAULT_NEW_CONNECTIONS_MS = 120_000;
export const DEFAULT_START_TIMEOUT_MS = 20_000;
export const DEFAULT_REGION = 'us-east-1';
export const DEFAULT_ACCOUNT = '111122223333';
/** From the end of the containers to STOPPED, as in the lab. */
export const DEFAULT_DELAYS: TaskDelays = { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: [1000, 3000] };
