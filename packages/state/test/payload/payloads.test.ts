import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isSpotproofError } from '@spotproof/core';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { MemoryStore } from '../../src/index.ts';
import { decodeError, encodeError, omitted, Payloads } from '../../src/payload/index.ts';

const store = new MemoryStore();

test('a payload comes back whole, from the record or from the blob store by its size', async () => {
  const blobs = memoryBlobs();
  const payloads = new Payloads({ store, blobs, inlineBytes: 100 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const before = blobs.puts;

      const sealed = await payloads.pack(bytes);
      const back = await payloads.unpack(sealed);

      assert.deepEqual(back, { kind: 'kept', bytes: back.kind === 'kept' ? new Uint8Array(bytes) : undefined });
      assert.equal(blobs.puts - before, bytes.byteLength >= 100 ? 1 : 0);
      assert.ok(bytes.byteLength >= 100 || sealed.byteLength === bytes.byteLength + 1);
    }),
  );
});

test('an envelope is never larger than what the store takes, and without a blob store the payload is refused with both sizes', async () => {
  const payloads = new Payloads({ store, inlineBytes: 10 });

  assert.equal((await payloads.pack(new Uint8Array(9))).byteLength, 10);
  await assert.rejects(
    payloads.pack(new Uint8Array(10)),
    (error) => isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE') && error.details['bytes'] === 10 && error.details['maxBytes'] === 9,
  );
});

test('the bytes are in the blob store before anybody has the pointer to them', async () => {
  const payloads = new Payloads({
    store,
    inlineBytes: 1,
    blobs: { put: () => Promise.reject(new Error('full')), get: () => Promise.resolve(undefined) },
  });

  await assert.rejects(payloads.pack(new Uint8Array(5)), /full/);
});

test('a blob that is gone, torn, or another is told, and never handed on', async () => {
  const blobs = memoryBlobs();
  const payloads = new Payloads({ store, blobs, inlineBytes: 1 });
  const sealed = await payloads.pack(Buffer.from('the content'));
  const [name] = blobs.content.keys();
  assert.ok(name !== undefined);

  for (const [content, told] of [
    [Buffer.from('the conten'), /not what was written/],
    [Buffer.from('THE content'), /not what was written/],
    [undefined, /is gone/],
  ] as const) {
    if (content === undefined) blobs.content.delete(name);
    else blobs.content.set(name, content);
    await assert.rejects(payloads.unpack(sealed), (error) => isSpotproofError(error, 'SPOTPROOF_STORE') && told.test(error.message));
  }
  await assert.rejects(new Payloads({ store }).unpack(sealed), /no blob store was given/);
});

test('what was not kept says why, and what nobody wrote is an error of the store', async () => {
  const payloads = new Payloads({ store });

  assert.deepEqual(await payloads.unpack(omitted('larger than 10 bytes')), { kind: 'omitted', reason: 'larger than 10 bytes' });
  for (const foreign of [new Uint8Array(), Buffer.from('{"a":1}'), Buffer.from('\u0002{}'), Buffer.from('\u0002{')])
    await assert.rejects(payloads.unpack(foreign), (error) => isSpotproofError(error, 'SPOTPROOF_STORE'));
});

test('of an error its name, message and code are kept, without its stack and within bounds', () => {
  const error = Object.assign(new RangeError('x'.repeat(10_000)), { code: 'E_CARD' });

  const stored = decodeError(encodeError(error));

  assert.deepEqual(stored, { name: 'RangeError', message: 'x'.repeat(4000), code: 'E_CARD' });
  assert.deepEqual(decodeError(encodeError('text')), { name: 'Error', message: 'text' });
  assert.deepEqual(decodeError(Buffer.from('not ours')), { name: 'Error', message: '' });
});

function memoryBlobs(): BlobStore & { readonly content: Map<string, Uint8Array>; puts: number } {
  const content = new Map<string, Uint8Array>();
  return {
    content,
    puts: 0,
    put(name, bytes) {
      this.puts += 1;
      content.set(name, bytes);
      return Promise.resolve();
    },
    get: (name) => Promise.resolve(content.get(name)),
  };
}
