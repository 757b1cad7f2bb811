import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, readlink, rm, utimes, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { createFileBlobs } from '../../src/index.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blobs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a blob comes back, a second writer of the same is harmless, and nothing unfinished stays behind', async () => {
  const blobs = createFileBlobs({ folder: join(folder, 'new', 'deep') });

  await Promise.all(Array.from({ length: 8 }, () => blobs.put('sha256-ab', Buffer.from('content'))));

  assert.equal(String(await blobs.get('sha256-ab')), 'content');
  assert.equal(await blobs.get('sha256-cd'), undefined);
  assert.deepEqual(await readdir(join(folder, 'new', 'deep', 'ab')), ['sha256-ab']);
});

test('a name that leads out of the folder is refused', async () => {
  const blobs = createFileBlobs({ folder });

  for (const name of ['../secret', 'a/b', '', 'A', 'a'.repeat(101)]) await assert.rejects(blobs.get(name), /a blob is named by/);
});

test('a clean-up takes what is old, also what a killed task left unfinished, and nothing of others', async () => {
  const blobs = createFileBlobs({ folder: join(folder, 'purged') });
  const old = new Date(Date.now() - 60_000);
  for (const name of ['old-11', 'young-11', 'again-11']) await blobs.put(name, Buffer.from(name));
  const of = (name: string): string => join(folder, 'purged', '11', name);
  await writeFile(of(`old-11.${crypto.randomUUID()}.unfinished`), 'ha');
  await writeFile(of('notes.txt'), 'not ours');
  for (const name of await readdir(join(folder, 'purged', '11'))) if (name !== 'young-11') await utimes(of(name), old, old);
  await blobs.put('again-11', Buffer.from('again-11'));

  const removed = await blobs.purge(30_000);

  assert.equal(removed, 2);
  assert.deepEqual((await readdir(join(folder, 'purged', '11'))).toSorted(), ['again-11', 'notes.txt', 'young-11']);
});

test('a clean-up without a time that is one is refused, and removes nothing', async () => {
  const blobs = createFileBlobs({ folder: join(folder, 'kept') });
  await blobs.put('sha256-ab', Buffer.from('content'));

  for (const olderThanMs of [Number.NaN, -1, undefined as never, '1' as never])
    await assert.rejects(blobs.purge(olderThanMs), (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'));

  assert.equal(String(await blobs.get('sha256-ab')), 'content');
});

test('a blob in a folder that was made for it is on the disk with each folder above it', async () => {
  const synced: string[] = [];
  const handle = await open(folder);
  const prototype = Object.getPrototypeOf(handle) as { sync(this: FileHandle): Promise<void> };
  await handle.close();
  // oxlint-disable-next-line typescript/unbound-method -- called with its own receiver
  const { sync } = prototype;
  prototype.sync = async function () {
    synced.push(await readlink(`/proc/self/fd/${this.fd}`));
    await sync.call(this);
  };
  try {
    await createFileBlobs({ folder: join(folder, 'made', 'for') }).put('sha256-ab', Buffer.from('content'));
  } finally {
    prototype.sync = sync;
  }

  const folders = ['.', 'made', 'made/for', 'made/for/ab'].map((each) => join(folder, each));
  assert.deepEqual(new Set(synced.filter((path) => !path.includes('sha256-ab'))), new Set(folders));
});

test('a folder that cannot be written is an error of the store, with the reason of the system', async () => {
  await writeFile(join(folder, 'a-file'), '');
  const blobs = createFileBlobs({ folder: join(folder, 'a-file') });

  await assert.rejects(
    blobs.put('sha256-ab', Buffer.from('x')),
    (error) => isSpotproofError(error, 'SPOTPROOF_STORE') && !error.retryable && error.details['code'] === 'ENOTDIR',
  );
  assert.throws(
    () => createFileBlobs({ folder: '' }),
    (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'),
  );
});
