import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { ClientRecord, LongLivedFacts } from '../../src/load/client-record.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderText } from '../../src/report/text.ts';
import { judge } from '../../src/verdict/judge.ts';
import { parseClientRecords } from '../../src/verdict/records.ts';
import { calm, evidenceOf, exchange, INTERRUPTION, interruptedTask, labTask, START, type Exchange } from '../support/sample-run.ts';

const TASKS = [interruptedTask(), labTask({ name: 'task-2' }), labTask({ name: 'task-3' })];

test('farewells are counted by code, with their spread for each task, and are no loss', () => {
  const told = [14_000, 15_200, 16_500].map((tookMs) => socket({ tookMs, facts: { ending: 'told-to-reconnect', closeCode: 1012, carriedOver: 1 } }));
  const back = socket({ at: 21_000, facts: { ending: 'by-client', closeCode: 1000, attempt: 2 }, task: 'task-2' });

  const { verdict, connections, requests } = report([...told, back]);

  assert.equal(verdict, 'clean');
  assert.equal(requests.lost, 0);
  assert.deepEqual(connections, [
    {
      protocol: 'websocket',
      opened: 4,
      reconnects: 1,
      toldToReconnect: 3,
      closeCodes: { 1012: 3 },
      farewells: [{ taskId: 'task-1', count: 3, spreadMs: 2500 }],
      cut: 0,
      carriedOver: 3,
    },
  ]);
});

test('a WebSocket that was cut is a loss, and the blame says that its client was told nothing', () => {
  const cut = socket({ tookMs: 15_000, client: { outcome: 'truncated-fin' }, facts: { ending: 'cut', closeCode: 1006, sent: 9 } });

  const judged = report([cut]);

  assert.equal(judged.requests.lost, 1);
  assert.equal(judged.requests.lostWithOneRetry, 1, 'what was said on it may have been done');
  assert.match(judged.blame[0]?.sentence ?? '', /^task-1 cut 1 WebSocket .* after SIGTERM, by its exit without a close frame \(code 1006\)/);
  assert.match(judged.blame[0]?.fix ?? '', /runtime\/ws/);
  const text = stripVTControlCharacters(renderText(judged, { color: false, width: 100 }));
  assert.match(text, /WebSocket 1 opened · 0 told to reconnect · 1 cut \(1006\)/);
  assert.match(renderHtml(judged), /1 opened · 0 told to reconnect · 1 cut/);
});

test('an unanswered message and a close code of a fault are losses with words of their own', () => {
  const losses = [
    socket({ client: { outcome: 'unanswered-message', detail: 'expected an echo' }, facts: { ending: 'told-to-reconnect', closeCode: 1012 } }),
    socket({ client: { outcome: 'bad-close', detail: 'expected 1012, got 1011' }, facts: { ending: 'by-server', closeCode: 1011 } }),
  ];

  const { requests, blame } = report(losses);

  assert.equal(requests.lost, 2);
  assert.match(blame[0]?.sentence ?? '', /left a message unanswered and closed a WebSocket with a code that tells of a fault: expected an echo/);
});

test('how long a connection stays open is no latency', () => {
  const { latency } = report([socket({ tookMs: 15_000, facts: { ending: 'by-client', closeCode: 1000 } })]);

  assert.ok((latency.interruption?.maxMs ?? Infinity) < 1000);
});

test('what is special about a connection survives the way through a file of lines, and a record without it is still read', () => {
  const { client } = socket({ facts: { ending: 'told-to-reconnect', closeCode: 1001 } });
  const call: ClientRecord = { ...exchange().client, protocol: 'grpc', grpcStatus: 14 };
  const plain = exchange().client;

  const { records, unreadableLines } = parseClientRecords([client, call, plain].map((record) => `${JSON.stringify(record)}\n`).join(''));

  assert.deepEqual([records, unreadableLines], [[client, call, plain], 0]);
});

function report(exchanges: readonly Exchange[]) {
  return judge(evidenceOf([...calm(), ...exchanges], { run: { tasks: TASKS } }));
}

/** Open before SIGTERM, on the task that is taken back. */
function socket(parts: {
  readonly at?: number;
  readonly tookMs?: number;
  readonly task?: string;
  readonly client?: Partial<ClientRecord>;
  readonly facts: Partial<LongLivedFacts>;
}): Exchange {
  const longLived: LongLivedFacts = {
    ending: 'by-client',
    closeCode: undefined,
    closeReason: undefined,
    retryMs: undefined,
    sent: 0,
    received: 0,
    carriedOver: 0,
    attempt: 1,
    ...parts.facts,
  };
  return exchange({
    at: parts.at ?? INTERRUPTION - START - 1000,
    tookMs: parts.tookMs ?? 15_000,
    client: { protocol: 'websocket', status: 101, ...parts.client, longLived },
    balancer: { target: parts.task ?? 'task-1', status: 101, targetStatus: 101 },
  });
}
