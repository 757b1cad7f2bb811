import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineJob, enqueue, jsonCodec, MemoryStore, once, type BlobStore, type ClaimRecord } from '@spotproof/state';
import { inspectRecord } from '@spotproof/state/inspect';

const empty = new Uint8Array();

async function onlyRecord(store: MemoryStore): Promise<ClaimRecord> {
  const { records } = await store.list({ limit: 2 });
  assert.equal(records.length, 1);
  const record = await store.read(records[0]?.key ?? '');
  assert.ok(record);
  return record;
}

const importJob = defineJob({ name: 'import', version: 1, start: () => ({ row: 0 }), run: async () => {} });

test('what a job begins with is read as its checkpoint', async () => {
  const store = new MemoryStore();
  await enqueue(store, importJob, { file: 'a.csv' }, { key: 'a' });

  const { data, result } = inspectRecord(await onlyRecord(store));

  assert.deepEqual(data, { kind: 'checkpoint', bytes: 28, input: { file: 'a.csv' }, state: undefined, steps: [] });
  assert.deepEqual(result, { kind: 'empty' });
});

test('what went to a blob store is told by name and size, without a look at it', async () => {
  const store = new MemoryStore();
  const blobs: BlobStore = { put: async () => {}, get: () => Promise.reject(new Error('looked at')) };
  const small = { capabilities: { ...store.capabilities, maxBytes: 100 }, add: store.add.bind(store) };
  await enqueue(Object.assign(Object.create(store) as MemoryStore, small), importJob, { file: 'a'.repeat(200) }, { key: 'a', blobs });

  const { data } = inspectRecord(await onlyRecord(store));

  assert.ok(data.kind === 'blob' && data.name === `sha256-${data.sha256}` && data.bytes === 223, JSON.stringify(data));
});

test('a result, an error that was kept and a result that could not be kept are told apart', async () => {
  const results: Record<string, () => unknown> = {
    done: () => ({ id: 7 }),
    nothing: () => undefined,
    failed: () => {
      throw Object.assign(new Error('declined'), { code: 'CARD' });
    },
    omitted: () => new Date(),
  };
  const found: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(results)) {
    const store = new MemoryStore();
    const work = once(store, { name, scope: () => 's', key: () => 'k', keepError: () => true, run: () => Promise.resolve().then(run) });
    await work().catch(() => {});
    found[name] = inspectRecord(await onlyRecord(store)).result;
  }

  assert.deepEqual(found['done'], { kind: 'json', bytes: 8, value: { id: 7 } });
  assert.deepEqual(found['nothing'], { kind: 'json', bytes: 0, value: undefined });
  assert.deepEqual(found['failed'], { kind: 'error', bytes: 51, name: 'Error', message: 'declined', code: 'CARD' });
  assert.equal((found['omitted'] as { kind: string }).kind, 'omitted');
});

test('bytes of another codec, and bytes of nobody, are counted and not guessed at', async () => {
  const store = new MemoryStore();
  const codec = { ...jsonCodec<string>(), encode: () => new Uint8Array([0xff, 0xfe]) };
  await once(store, { name: 'own', scope: () => 's', key: () => 'k', codec, run: () => Promise.resolve('x') })();

  assert.deepEqual(inspectRecord(await onlyRecord(store)).result, { kind: 'bytes', bytes: 2 });
  for (const kind of ['job:a', 'http:a', 'once:a', 'other'])
    for (const state of ['pending', 'held', 'done', 'failed'] as const) {
      const odd = new Uint8Array([1, 0xff, 0, 0, 9]);
      const { data, result } = inspectRecord({ kind, state, data: odd, result: odd });

      assert.ok(data.kind === 'bytes' && result.kind === 'bytes', `${kind} ${state}`);
      assert.deepEqual(inspectRecord({ kind, state, data: empty, result: empty }), { data: { kind: 'empty' }, result: { kind: 'empty' } });
    }
});
