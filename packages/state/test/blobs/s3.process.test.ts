import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { S3, S3Client } from '@aws-sdk/client-s3';
import { MemoryStore, createS3Blobs, type BlobStore } from '../../src/index.ts';
import { Payloads } from '../../src/payload/index.ts';
import { FakeS3 } from './fake-s3.ts';

async function withS3(act: (blobs: BlobStore, server: FakeS3, s3: S3) => Promise<void>): Promise<void> {
  await using server = await FakeS3.start();
  const s3 = new S3({
    endpoint: server.endpoint,
    forcePathStyle: true,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 1,
  });
  try {
    await act(createS3Blobs({ s3, bucket: 'bucket' }), server, s3);
  } finally {
    s3.destroy();
  }
}

test('what is written to S3 is read again, under the prefix, and writing it twice is one object', async () => {
  await withS3(async (blobs, server) => {
    const bytes = randomBytes(100_000);

    await blobs.put('sha256-abc', bytes);
    await blobs.put('sha256-abc', bytes);

    assert.deepEqual(Buffer.from((await blobs.get('sha256-abc'))!), bytes);
    assert.deepEqual([...server.objects.keys()], ['/bucket/spotproof/sha256-abc']);
    assert.equal(await blobs.get('sha256-missing'), undefined);
  });
});

test('a payload that is too large for the store goes through S3 and back', async () => {
  await withS3(async (blobs, server) => {
    const payloads = new Payloads({ store: new MemoryStore(), blobs, inlineBytes: 1000 });
    const bytes = randomBytes(50_000);

    const sealed = await payloads.pack(bytes);
    const unpacked = await payloads.unpack(sealed);

    assert.ok(sealed.byteLength < 1000);
    assert.deepEqual(unpacked.kind === 'kept' && Buffer.from(unpacked.bytes), bytes);
    assert.equal(server.objects.size, 1);
  });
});

test('a bucket that is missing and a refusal are errors that are not asked again; an overload and a cut connection are', async () => {
  await withS3(async (blobs, server, s3) => {
    await blobs.put('sha256-abc', randomBytes(1000));

    await assert.rejects(createS3Blobs({ s3, bucket: 'other' }).get('sha256-abc'), { code: 'SPOTPROOF_STORE', retryable: false });
    server.faults.push(403);
    await assert.rejects(blobs.put('sha256-abc', randomBytes(10)), { code: 'SPOTPROOF_STORE', retryable: false });
    server.faults.push(503);
    await assert.rejects(blobs.put('sha256-abc', randomBytes(10)), { code: 'SPOTPROOF_STORE', retryable: true });
    server.faults.push('cut');
    await assert.rejects(blobs.get('sha256-abc'), { code: 'SPOTPROOF_STORE', retryable: true });
  });
});

test('a blob has a name that is a path of nobody, and a bucket has a name', async () => {
  await withS3(async (blobs, _server, s3) => {
    await assert.rejects(blobs.get('../secret'), TypeError);
    assert.throws(() => createS3Blobs({ s3, bucket: '' }), { code: 'SPOTPROOF_CONFIG_INVALID' });
  });
});

test('a client without a method for each call is refused at once, and told which has them', () => {
  assert.throws(() => createS3Blobs({ s3: new S3Client({ region: 'eu-central-1' }) as never, bucket: 'bucket' }), {
    code: 'SPOTPROOF_CONFIG_INVALID',
    message: /`S3` of @aws-sdk\/client-s3/,
  });
});
