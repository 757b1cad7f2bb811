import type { BalancerRecord } from './balancer-record.ts';
import { epochDigits, threeDecimals } from './decimal.ts';

/** One line of `balancer.ndjson`; absent facts are left out. Written by hand, since `JSON.stringify` costs three times as much on the hottest path. */
export function recordLine(record: BalancerRecord): string {
  return (
    `{${stranger('id', record.id)}${own('target', record.target)}${own('connection', record.connection)}${own('targetState', record.targetState)}` +
    `${own('cause', record.cause)}${whole('status', record.status)}${whole('targetStatus', record.targetStatus)}` +
    `${instant('sentAt', record.sentAt)}${instant('firstByteAt', record.firstByteAt)}${duration('idleMs', record.idleMs)}` +
    `${instant('receivedAt', record.receivedAt)}${instant('endedAt', record.endedAt)}"node":"${record.node}"}\n`
  );
}

/** For what a stranger sent. */
function stranger(key: string, value: string | undefined): string {
  if (value === undefined) return '';
  return /^[\w.:-]*$/u.test(value) ? `"${key}":"${value}",` : `"${key}":${JSON.stringify(value)},`;
}

/** For our own words, which hold nothing to escape. */
function own(key: string, value: string | undefined): string {
  return value === undefined ? '' : `"${key}":"${value}",`;
}

function whole(key: string, value: number | undefined): string {
  return value === undefined ? '' : `"${key}":${value},`;
}

function instant(key: string, value: number | undefined): string {
  return value === undefined ? '' : `"${key}":${epochDigits(value)},`;
}

function duration(key: string, value: number | undefined): string {
  return value === undefined ? '' : `"${key}":${threeDecimals(value)},`;
}
