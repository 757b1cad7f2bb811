import { printable } from '../report/ansi.ts';
import { count, seconds, thousands } from '../verdict/words.ts';
import type { PayloadDocument, RecordDocument, SummaryDocument } from './record-document.ts';

/** One line for each record, with the key at its end, so that it is whole. */
export function renderList(records: readonly SummaryDocument[], nowMs: number): string {
  const rows = [
    HEAD,
    ...records.map((record) => [
      record.state,
      when(record, nowMs),
      ...COUNTERS.map((name) => String(record[name])),
      printable(record.kind),
      quotedIfOdd(record.key),
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column >= 2 && column < 2 + COUNTERS.length ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Everything that a record says, a line for each thing. */
export function renderRecord(record: RecordDocument, nowMs: number): string {
  const { state, seq, version, failures, interruptions, stalls } = record;
  const began = ago(nowMs - Date.parse(record.epochBeganAt));
  const lines: readonly (readonly [string, string])[] = [
    ['kind', printable(record.kind)],
    ['state', `${state}, ${when(record, nowMs)} (${record.dueAt})`],
    ...(state === 'held' ? [['held by', `attempt ${printable(record.token)}, since ${record.epochBeganAt} (${began})`] as const] : []),
    ['epoch', `${record.epoch}${state === 'held' ? '' : `, begun ${record.epochBeganAt} (${began})`}`],
    ['checkpoints', `${seq}, written by version ${version}`],
    ['attempts that', `failed ${failures} · were interrupted ${interruptions} · were killed since the last checkpoint ${stalls}`],
    ['kept until', record.keepUntil === 'forever' ? 'for ever' : `${record.keepUntil} (${moment(Date.parse(record.keepUntil) - nowMs)})`],
    ['fingerprint', record.fingerprint === '' ? 'none' : printable(record.fingerprint)],
    ['data', payload(record.data)],
    ['result', payload(record.result)],
  ];
  return `${quotedIfOdd(record.key)}\n${lines.map(([name, text]) => `  ${name.padEnd(15)}${text}\n`).join('')}`;
}

/** For a shell to hand back as it is; with what a terminal would obey as the escapes that bash and zsh read. */
export function shellQuoted(text: string): string {
  if (text.search(CONTROLS) < 0) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const escaped = text.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(CONTROLS, (control) => `\\u${codeOf(control)}`);
  return `$'${escaped}'`;
}

function payload({ kind, storedBytes, bytes = 0, preview, steps = [], status, blob, reason }: PayloadDocument): string {
  const text = preview === undefined ? '' : `: ${printable(preview)}`;
  switch (kind) {
    case 'empty':
      return 'empty';
    case 'json':
      return `${count(bytes, 'byte')} of JSON${text}`;
    case 'checkpoint':
      return `${count(bytes, 'byte')}${steps.length === 0 ? '' : `, ${count(steps.length, 'step')} done (${printable(steps.join(', '))})`}${text}`;
    case 'response':
      return `${count(bytes, 'byte')}, response ${status ?? '?'}${text}`;
    case 'error':
      return `${count(bytes, 'byte')}, an error${text}`;
    case 'blob':
      return `${count(bytes, 'byte')} in the blob ${blob?.name ?? '?'}`;
    case 'omitted':
      return `not kept: ${printable(reason ?? '')}`;
    case 'bytes':
      return `${count(storedBytes, 'byte')} of no form that is known here`;
  }
}

function when({ state, claimable, dueAt }: SummaryDocument, nowMs: number): string {
  const inMs = Date.parse(dueAt) - nowMs;
  switch (state) {
    case 'held':
      return claimable ? `lease over ${ago(-inMs)}` : `lease ends ${moment(inMs)}`;
    case 'pending':
      return claimable ? `due ${ago(-inMs)}` : `due ${moment(inMs)}`;
    case 'done':
    case 'failed':
      return `settled ${ago(-inMs)}`;
  }
}

function moment(inMs: number): string {
  return inMs > 0 ? `in ${span(inMs)}` : ago(-inMs);
}

function ago(ms: number): string {
  // The clock of the store may be ahead of this one.
  return ms < 1 ? 'just now' : `${span(ms)} ago`;
}

function span(ms: number): string {
  const unit = UNITS.find(([, length]) => ms >= 2 * length);
  return unit === undefined ? seconds(ms) : `${thousands(ms / unit[1])} ${unit[0]}`;
}

/** As it is, or in quotes where a terminal would not show it as it is. */
function quotedIfOdd(key: string): string {
  if (printable(key) === key && !key.startsWith('"')) return key;
  // JSON leaves these as they are, and a terminal obeys them.
  return JSON.stringify(key).replaceAll(CONTROLS, (control) => `\\u${codeOf(control)}`);
}

function codeOf(letter: string): string {
  return letter.charCodeAt(0).toString(16).padStart(4, '0');
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\u0000-\u001F\u007F-\u009F]/g;
const COUNTERS = ['seq', 'failures', 'interruptions', 'stalls'] as const;
const HEAD = ['STATE', 'WHEN', 'SEQ', 'FAILED', 'INTERRUPTED', 'STALLED', 'KIND', 'KEY'];
const UNITS: readonly (readonly [string, number])[] = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['min', 60_000],
];
