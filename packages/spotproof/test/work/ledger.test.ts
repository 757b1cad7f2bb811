import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Ledger } from '../../src/work/ledger.ts';
import { parseAddress, parseRequest } from '../../src/work/sink-request.ts';
import { Tally } from '../../src/work/tally.ts';
import type { WorkRecord } from '../../src/work/work-record.ts';

const NOW = { at: 1, task: 'task-1' };

test('an effect that comes again under its key does not happen again, and gets the first answer', () => {
  const { ledger, records } = ledgerWithRecords();

  const first = ledger.effect('order-1', 'a', NOW);
  const second = ledger.effect('order-1', 'a', { at: 2, task: 'task-2' });

  assert.deepEqual(second, { ...first, replayed: true });
  assert.deepEqual(
    records.map((record) => record.type === 'effect' && [record.outcome, record.task]),
    [
      ['done', 'task-1'],
      ['absorbed', 'task-2'],
    ],
  );
  assert.deepEqual([ledger.figures.doubled, ledger.figures.absorbed], [0, 1]);
});

for (const [how, keys] of [
  ['without a key', [undefined, undefined]],
  ['under another key', ['a', 'b']],
  ['under a key after one without', [undefined, 'a']],
] as const) {
  test(`an effect that comes again ${how} is work done twice`, () => {
    const { ledger } = ledgerWithRecords();
    ledger.expect(['order-1'], NOW);

    for (const key of keys) assert.equal(ledger.effect('order-1', key, NOW).status, 200);

    assert.deepEqual(ledger.figures, { expected: 1, done: 1, doubled: 1, unexpected: 0, absorbed: 0, refused: 0 });
  });
}

test('a key that was used for other work is refused, and that work is not done', () => {
  const { ledger } = ledgerWithRecords();
  ledger.expect(['order-1', 'order-2'], NOW);
  ledger.effect('order-1', 'a', NOW);

  const answer = ledger.effect('order-2', 'a', NOW);

  assert.equal(answer.status, 422);
  assert.deepEqual(ledger.figures, { expected: 2, done: 1, doubled: 0, unexpected: 0, absorbed: 0, refused: 1 });
});

test('what the sink has no room for is refused and remembered, never forgotten in silence', () => {
  const ledger = new Ledger(() => {}, 3);

  assert.equal(ledger.expect(['a', 'b', 'c', 'd'], NOW).status, 507);
  assert.deepEqual([ledger.isFull, ledger.records], [true, 0]);
  assert.equal(ledger.expect(['a', 'b', 'a'], NOW).status, 200);
  assert.equal(ledger.effect('a', undefined, NOW).status, 200);
  assert.equal(ledger.effect('b', undefined, NOW).status, 507);
});

test('whatever tasks say in whatever order, each piece is counted as what became of it', () => {
  const work = fc.constantFrom('a', 'b', 'c');
  const said = fc.oneof(
    fc.record({ type: fc.constant('expected' as const), work }),
    fc.record({ type: fc.constant('effect' as const), work, key: fc.constantFrom(undefined, 'k', 'l', 'm') }),
  );
  fc.assert(
    fc.property(fc.array(said, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (sayings, chance) => {
      const { ledger, records } = ledgerWithRecords();
      for (const saying of sayings) {
        if (saying.type === 'expected') ledger.expect([saying.work], NOW);
        else ledger.effect(saying.work, saying.key, NOW);
      }

      const owners = new Map<string, string>();
      const times = new Map<string, number>();
      for (const saying of sayings) {
        if (saying.type === 'expected') continue;
        const { work: name, key } = saying;
        const isNew = key === undefined || !owners.has(key);
        if (key !== undefined && isNew) owners.set(key, name);
        if (isNew) times.set(name, (times.get(name) ?? 0) + 1);
      }
      const accepted = new Set<string>(sayings.flatMap((saying) => (saying.type === 'expected' ? [saying.work] : [])));
      const { figures } = ledger;
      assert.equal(figures.expected, accepted.size);
      assert.equal(figures.done, [...accepted].filter((name) => times.has(name)).length);
      assert.equal(figures.unexpected, [...times.keys()].filter((name) => !accepted.has(name)).length);
      assert.equal(figures.doubled, [...times.values()].filter((n) => n > 1).length);
      assert.equal(
        figures.absorbed + figures.refused + [...times.values()].reduce((sum, n) => sum + n, 0),
        sayings.filter(({ type }) => type === 'effect').length,
      );

      const again = new Tally();
      const order = new Map(records.map((record) => [record, chance.next().value]));
      for (const record of records.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0))) again.take(record);
      assert.deepEqual(again.figures, figures);
    }),
  );
});

test('the address that a task is given says who speaks, and one without still counts', () => {
  assert.deepEqual(parseAddress('POST', '/task-1/effects'), { door: 'effects', task: 'task-1' });
  assert.deepEqual(parseAddress('POST', '/expected?x=1'), { door: 'expected', task: undefined });
  assert.deepEqual(parseAddress('GET', '/task-1'), { door: 'figures', task: 'task-1' });
  for (const [method, path] of [
    ['GET', '/task-1/effects'],
    ['POST', '/'],
    ['DELETE', '/effects'],
    ['POST', '/a/b/effects'],
    ['POST', '/effects/task-1'],
  ] as const)
    assert.equal(parseAddress(method, path), undefined, `${method} ${path}`);
});

for (const [door, body, keys] of [
  ['effects', '', []],
  ['effects', '{"work":""}', []],
  ['effects', '{"work":["a"]}', []],
  ['effects', `{"work":"${'a'.repeat(201)}"}`, []],
  ['effects', '{"work":"a"}', ['k', 'l']],
  ['effects', '{"work":"a"}', [' ']],
  ['effects', 'null', []],
  ['expected', '{"work":[]}', []],
  ['expected', '{"work":["a",1]}', []],
  ['expected', '{"works":["a"]}', []],
] as const) {
  test(`POST /${door} with ${body.slice(0, 40)} and ${keys.length} keys is told what is expected`, () => {
    const asked = parseRequest({ door, task: undefined }, body, keys);

    assert.ok(asked.kind === 'wrong', asked.kind);
    assert.match(asked.sentence, /^Expected .+\. Nothing was recorded\.$/);
  });
}

function ledgerWithRecords(): { readonly ledger: Ledger; readonly records: readonly WorkRecord[] } {
  const records: WorkRecord[] = [];
  return { ledger: new Ledger((record) => records.push(record)), records };
}
