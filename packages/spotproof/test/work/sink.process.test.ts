import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Changes } from '../../src/lab/changes.ts';
import { Ending } from '../../src/lab/ending.ts';
import { Journal } from '../../src/lab/journal.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { LabListener } from '../../src/lab/listener.ts';
import { LAB_MODULES } from '../../src/lab/run-lab.ts';
import { Sink } from '../../src/lab/sink.ts';
import { SinkProcess } from '../../src/lab/sink-process.ts';
import { parseWorkRecords } from '../../src/verdict/work/work-records.ts';
import type { WorkFigures } from '../../src/work/tally.ts';

test('what tasks say while the run goes on is on record, each with who said it and when; what they say after it is refused', async (t) => {
  const { sink, address, signal, changes, latest, recordsPath } = await startSink(t);
  const startedAt = Date.now();
  assert.equal((await post(`${address}/task-1/expected`, { work: ['order-1', 'order-2'] })).status, 200);
  const first = await post(`${address}/task-1/effects`, { work: 'order-1', cents: 100 }, 'k');
  const again = await post(`${address}/task-2/effects`, { work: 'order-1', cents: 100 }, 'k');
  assert.ok(await changes.until(() => latest().done === 1 && latest().absorbed === 1, { budgetMs: 10_000, signal }));
  assert.equal(sink.open, 1);

  const records = await sink.finish({ budgetMs: 10_000, signal });

  assert.deepEqual(again.document, first.document);
  assert.deepEqual([first.replayed, again.replayed], [null, 'true']);
  assert.equal((await post(`${address}/task-1/effects`, { work: 'order-2' })).status, 503);
  const read = parseWorkRecords(readFileSync(recordsPath, 'utf8'));
  assert.deepEqual([records, read.unreadableLines], [4, 0]);
  assert.deepEqual(
    read.records.map((record) => [record.type, record.work, record.task, record.type === 'effect' ? `${record.key} ${record.outcome}` : '']),
    [
      ['expected', 'order-1', 'task-1', ''],
      ['expected', 'order-2', 'task-1', ''],
      ['effect', 'order-1', 'task-1', 'k done'],
      ['effect', 'order-1', 'task-2', 'k absorbed'],
    ],
  );
  for (const { at } of read.records) assert.ok(at >= startedAt - 1 && at <= Date.now() + 1, `${at} is not in the run`);
});

test('what is no JSON, too long or sent elsewhere is answered with what is wrong, and leaves no record', async (t) => {
  const { address, sink, signal } = await startSink(t);

  assert.equal((await post(`${address}/task-1/effects`, 'x'.repeat(5_000_000))).status, 413);
  assert.equal((await post(`${address}/task-1/effects`, 'no object')).status, 400);
  assert.equal((await post(`${address}/task-1/elsewhere`, {})).status, 404);
  const figures = await fetch(address);
  assert.deepEqual(await figures.json(), { expected: 0, done: 0, doubled: 0, unexpected: 0, absorbed: 0, refused: 0 });
  assert.equal(await sink.finish({ budgetMs: 10_000, signal }), 0);
});

test('a sink that dies says so', async (t) => {
  const failures: string[] = [];
  const { changes, signal } = await startSink(t, {
    recordsPath: path.join(tmpdir(), 'no such directory', 'work.ndjson'),
    onFailure: (message) => failures.push(message),
  });

  assert.ok(await changes.until(() => failures.length > 0, { budgetMs: 10_000, signal }));
  assert.match(failures[0] ?? '', /^The sink failed: Expected to write the records to/);
});

test('the run waits for what is open and for what comes with it, not for ever, and says what was left', async (t) => {
  const { sink, lab, warnings } = await openSink(t, { waitMs: 3000 });
  const address = sink.environmentOf('task-1')['SPOTPROOF_SINK'] ?? '';
  await post(`${address}/expected`, { work: ['order-1'] });
  const opened = lab.changes.until(() => warnings.length > 0, { budgetMs: 20_000, signal: t.signal });

  const finished = sink.finish();
  await post(`${address}/effects`, { work: 'order-1' });
  // Said in the moment after the last piece was done.
  await post(`${address}/expected`, { work: ['order-2'] });

  assert.ok(await opened);
  await finished;
  assert.deepEqual(warnings, ['1 piece of work was still open 3 s after the last answer.']);
  assert.equal(sink.work.records, 3);
  assert.ok(sink.work.waitedMs >= 2999, `waited ${sink.work.waitedMs} ms`);
});

test('a run whose work is all done waits a moment, not the whole time', async (t) => {
  const { sink, warnings } = await openSink(t, { waitMs: 60_000 });
  const address = sink.environmentOf('task-1')['SPOTPROOF_SINK'] ?? '';
  await post(`${address}/expected`, { work: ['order-1'] });
  await post(`${address}/effects`, { work: 'order-1' });

  await sink.finish();

  assert.deepEqual([warnings, sink.work.records], [[], 2]);
});

async function openSink(t: TestContext, { waitMs }: { readonly waitMs: number }) {
  const runDirectory = mkdtempSync(path.join(tmpdir(), 'spotproof-sink-'));
  const warnings: string[] = [];
  const listener: LabListener = { onProgress: (progress) => void (progress.type === 'warning' && warnings.push(progress.sentence)) };
  // What a sink needs of its run.
  const lab = {
    options: { runDirectory },
    listener,
    journal: new Journal(listener),
    ending: new Ending(t.signal),
    changes: new Changes(),
    files: { workRecords: path.join(runDirectory, 'work.ndjson') },
    modules: LAB_MODULES,
  } as unknown as Lab;
  const sink = new Sink(lab, { waitMs });
  t.after(async () => {
    await sink.end(1000);
    rmSync(runDirectory, { recursive: true });
  });
  await sink.open();
  return { sink, lab, warnings };
}

async function startSink(t: TestContext, given: { readonly recordsPath?: string; readonly onFailure?: (message: string) => void } = {}) {
  const directory = mkdtempSync(path.join(tmpdir(), 'spotproof-sink-'));
  const changes = new Changes();
  let figures: WorkFigures | undefined;
  const recordsPath = given.recordsPath ?? path.join(directory, 'work.ndjson');
  const sink = new SinkProcess({
    modulePath: LAB_MODULES.sink,
    logPath: path.join(directory, 'sink.log'),
    recordsPath,
    changes,
    onFigures: (_, news) => {
      figures = news;
    },
    onFailure:
      given.onFailure ??
      ((message) => {
        throw new Error(message);
      }),
  });
  t.after(async () => {
    await sink.end(1000);
    rmSync(directory, { recursive: true });
  });
  assert.ok(await changes.until(() => sink.port !== undefined, { budgetMs: 20_000, signal: t.signal }));
  const latest = (): Partial<WorkFigures> => figures ?? {};
  return { sink, address: `http://127.0.0.1:${sink.port}`, changes, signal: t.signal, latest, recordsPath };
}

async function post(url: string, document: unknown, key?: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: key === undefined ? {} : { 'idempotency-key': key },
    body: JSON.stringify(document),
  });
  return { status: response.status, document: await response.json(), replayed: response.headers.get('idempotency-replayed') };
}
