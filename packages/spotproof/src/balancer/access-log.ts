import type { BalancerRecord } from './balancer-record.ts';
import { isoMicroseconds, threeDecimals } from './decimal.ts';

/** What the access log knows of a request beyond its record. */
export interface AccessLogFacts {
  readonly record: BalancerRecord;
  readonly client: string;
  /** `host:port` of the target, undefined when none was chosen. */
  readonly targetAddress: string | undefined;
  readonly method: string;
  readonly url: string;
  readonly userAgent: string | undefined;
  readonly host: string;
  readonly traceId: string;
  readonly receivedOctets: number;
  readonly sentOctets: number;
  /** `HTTP/1.1` unless given. */
  readonly protocol?: 'HTTP/2.0';
  /** Instead of `http` and `ws`. */
  readonly type?: 'h2' | 'grpcs';
}

/**
 * One line in the format of "Access logs for your Application Load Balancer". A client that left before the answer is a 460, which
 * exists in the log only. Fields that a local balancer has nothing for hold `-`.
 */
export function accessLogLine(facts: AccessLogFacts): string {
  const { record } = facts;
  const { receivedAt, sentAt, firstByteAt, endedAt } = record;
  const requestSeconds = seconds(receivedAt, sentAt);
  const targetSeconds = seconds(sentAt, firstByteAt);
  const responseSeconds = seconds(firstByteAt, endedAt);
  const target = facts.targetAddress ?? '-';
  const targetStatus = record.targetStatus ?? '-';
  const type = facts.type ?? (record.targetStatus === 101 ? 'ws' : facts.protocol === undefined ? 'http' : 'h2');
  const actions = record.target === undefined && record.cause === 'bad-request' ? '-' : 'forward';
  return (
    `${type} ${isoMicroseconds(endedAt)} ${LOAD_BALANCER}/${record.node} ${facts.client} ${target} ${requestSeconds} ${targetSeconds} ${responseSeconds} ` +
    `${record.status ?? 460} ${targetStatus} ${facts.receivedOctets} ${facts.sentOctets} "${facts.method} ${quoted(facts.url)} ${facts.protocol ?? 'HTTP/1.1'}" ` +
    `"${quoted(facts.userAgent ?? '-')}" - - ${TARGET_GROUP} "${quoted(facts.traceId)}" "${quoted(facts.host)}" "-" 0 ${isoMicroseconds(receivedAt)} "${actions}" "-" "-" ` +
    `"${target}" "${targetStatus}" "-" "-" TID_-\n`
  );
}

/** -1 stands for "did not happen", as AWS writes it. */
function seconds(from: number | undefined, to: number | undefined): string {
  return from === undefined || to === undefined ? '-1' : threeDecimals((to - from) / 1000);
}

/** Quotes and control characters would end a field early; AWS escapes them the same way. */
function quoted(text: string): string {
  return /^[ !#-[\]-~]*$/u.test(text)
    ? text
    : text.replace(/[^ !#-[\]-~]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const LOAD_BALANCER = 'app/spotproof-lab';
const TARGET_GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/spotproof-lab/0000000000000000';
