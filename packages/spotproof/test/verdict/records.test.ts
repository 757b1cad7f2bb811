import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBalancerRecords, parseClientRecords } from '../../src/verdict/records.ts';
import { badGateway, exchange } from '../support/sample-run.ts';

test('records survive the way through a file of lines', () => {
  const exchanges = [exchange(), badGateway('target-refused')];
  const client = exchanges.map(({ client }) => client);
  const balancer = exchanges.map(({ balancer }) => balancer);

  assert.deepEqual(parseClientRecords(lines(client)), { records: client, unreadableLines: 0 });
  assert.deepEqual(parseBalancerRecords(lines(balancer)), { records: balancer, unreadableLines: 0 });
});

test('a line torn by the death of its writer is counted and does not hide the others', () => {
  const whole = lines([exchange().client, exchange().client, exchange().client]);
  const torn = whole.slice(0, -60);

  const { records, unreadableLines } = parseClientRecords(torn);

  assert.equal(records.length, 2);
  assert.equal(unreadableLines, 1);
});

test('an empty file holds no records and no torn line', () => {
  assert.deepEqual(parseClientRecords(''), { records: [], unreadableLines: 0 });
  assert.deepEqual(parseBalancerRecords('\n'), { records: [], unreadableLines: 0 });
});

test('lines that are JSON but no record are counted as unreadable', () => {
  const { records, unreadableLines } = parseClientRecords(
    'null\n7\n{"id":"r-1"}\n{"id":"r-1","outcome":"splendid","intendedAt":1,"sentAt":1,"endedAt":2}\n',
  );

  assert.deepEqual(records, []);
  assert.equal(unreadableLines, 4);
});

test('a cause that this version does not know reads as no cause', () => {
  const { records } = parseBalancerRecords('{"node":"a","receivedAt":1,"endedAt":2,"cause":"gremlins"}');

  assert.equal(records[0]?.cause, undefined);
});

function lines(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
