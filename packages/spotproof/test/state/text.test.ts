import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimRecord } from '@spotproof/state';
import { inspectRecord } from '@spotproof/state/inspect';
import { recordDocument, summaryDocument } from '../../src/state/record-document.ts';
import { renderList, renderRecord, shellQuoted } from '../../src/state/text.ts';

const NOW = Date.UTC(2026, 0, 2);
const envelope = (text: string): Uint8Array => new Uint8Array([1, ...Buffer.from(text)]);

const HELD: ClaimRecord = {
  key: 'job:import/a.csv',
  kind: 'job:import',
  state: 'held',
  token: 'T1',
  epoch: (NOW - 90_000_000) * 1024 + 3,
  dueAt: NOW + 20_000,
  keepUntil: 8_640_000_000_000_000,
  fingerprint: 'F1',
  seq: 12,
  version: 2,
  data: envelope('{"input":[{"file":"a.csv"}],"state":[{"row":7}],"steps":[["fetch",1]]}'),
  result: new Uint8Array(),
  failures: 1,
  interruptions: 3,
  stalls: 2,
};

function shown(record: ClaimRecord, previewLength = 200): string {
  return renderRecord(recordDocument(record, inspectRecord(record), { nowMs: NOW, previewLength }), NOW);
}

test('a record says who holds it since when and for how long, what it counts, and what it holds', () => {
  const text = shown(HELD);

  assert.equal(
    text,
    `job:import/a.csv
  kind           job:import
  state          held, lease ends in 20 s (2026-01-02T00:00:20.000Z)
  held by        attempt T1, since 2025-12-31T23:00:00.000Z (25 hours ago)
  epoch          ${HELD.epoch}
  checkpoints    12, written by version 2
  attempts that  failed 1 · were interrupted 3 · were killed since the last checkpoint 2
  kept until     for ever
  fingerprint    F1
  data           70 bytes, 1 step done (fetch): {"input":{"file":"a.csv"},"state":{"row":7}}
  result         empty
`,
  );
});

test('a result, an error, a blob, a response and a value that was not kept each say what they are', () => {
  const result = (kind: string, state: ClaimRecord['state'], bytes: Uint8Array): string =>
    /^ {2}result +(?<text>.*)$/m.exec(shown({ ...HELD, kind, state, result: bytes }))?.groups?.['text'] ?? '';
  const head = Buffer.from('{"status":201,"headers":[]}');
  const response = new Uint8Array([1, 0, 0, 0, head.byteLength, ...head, ...Buffer.from('{"id":7}')]);
  const blob = new Uint8Array([2, ...Buffer.from('{"name":"sha256-ab","sha256":"ab","bytes":5000000}')]);

  assert.equal(result('once:a', 'done', envelope('{"id":7}')), '8 bytes of JSON: {"id":7}');
  assert.equal(result('once:a', 'failed', Buffer.from('{"name":"E","message":"no","code":"C"}')), '38 bytes, an error: E [C]: no');
  assert.equal(result('http:a', 'done', response), '39 bytes, response 201: {"id":7}');
  assert.equal(result('job:a', 'done', blob), '5,000,000 bytes in the blob sha256-ab');
  assert.equal(result('once:a', 'done', new Uint8Array([3, ...Buffer.from('a Date')])), 'not kept: a Date');
  assert.equal(result('once:a', 'done', new Uint8Array([9, 9])), '2 bytes of no form that is known here');
});

test('a preview ends where it is told to, not inside a letter, and at 0 nothing of it is shown', () => {
  const record: ClaimRecord = { ...HELD, kind: 'once:a', state: 'done', result: envelope('"ab😀cd"') };

  assert.match(shown(record, 4), /JSON: "ab…\n/);
  assert.match(shown(record, 5), /JSON: "ab😀…\n/);
  assert.match(shown(record, 0), /result +10 bytes of JSON\n/);
});

test('each state says when, and a clock that is behind says nothing odd', () => {
  const at = (state: ClaimRecord['state'], inMs: number): string =>
    renderList([summaryDocument({ ...HELD, state, dueAt: NOW + inMs }, NOW)], NOW).split('\n')[1] ?? '';

  assert.match(at('held', 20_000), /^held {2,}lease ends in 20 s /);
  assert.match(at('held', -300_000), /lease over 5 min ago /);
  assert.match(at('pending', -10_000_000), /due 3 hours ago /);
  assert.match(at('pending', 400_000_000), /due in 5 days /);
  assert.match(at('done', 3000), /settled just now /);
});

test('what a key holds cannot drive the terminal, and the key is told whole', () => {
  const key = 'a\u001B[2J\u009Bb\n"c"';
  const text = shown({ ...HELD, key, kind: 'k\u001B]0;x\u0007', token: 't\n2', fingerprint: '\u0007' });

  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\u0000-\u001F\u007F-\u009F]/);
  assert.equal(text.split('\n').length, shown(HELD).split('\n').length);
  assert.equal(JSON.parse(text.split('\n')[0] ?? ''), key);
  const list = renderList([summaryDocument({ ...HELD, key, kind: 'k\u001B[2J' }, NOW)], NOW);
  // oxlint-disable-next-line no-control-regex -- as above
  assert.doesNotMatch(list.replaceAll('\n', ''), /[\u0000-\u001F\u007F-\u009F]/);
  assert.equal(shellQuoted("it's"), String.raw`'it'\''s'`);
  assert.equal(shellQuoted("it's\u001B[2J\u009B\\"), String.raw`$'it\'s\u001b[2J\u009b\\'`);
});
