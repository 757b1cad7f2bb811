import type { BalancerRecord } from './balancer-record.ts';

/**
 * One line of `balancer.ndjson`; absent facts are left out. Written by hand, since this is the hottest path: `JSON.stringify` costs three times as much, and
 * printing a fractional number costs more than the rest of the line, so times are put together from three digits at a time.
 */
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

/** Epoch milliseconds, cut to microseconds: more digits would only be noise. */
function instant(key: string, value: number | undefined): string {
  if (value === undefined) return '';
  const wholeMs = Math.floor(value);
  const second = Math.floor(wholeMs / 1000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedSecondDigits = String(second);
  }
  return `"${key}":${cachedSecondDigits}${DIGITS[wholeMs - second * 1000]}.${DIGITS[Math.floor((value - wholeMs) * 1000)]},`;
}

function duration(key: string, value: number | undefined): string {
  if (value === undefined) return '';
  const wholeMs = Math.floor(Math.max(0, value));
  return `"${key}":${wholeMs}.${DIGITS[Math.floor((Math.max(0, value) - wholeMs) * 1000)]},`;
}

let cachedSecond = -1;
let cachedSecondDigits = '';

/** 000 to 999. */
const DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));
