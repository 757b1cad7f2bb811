import { hash } from 'node:crypto';
import { SpotproofError } from '@spotproof/core';
import { checkBlobName, type BlobStore } from './blob-store.ts';

/** The part of the AWS SDK's S3 that is used: `new S3({})` of `@aws-sdk/client-s3` is one. The task role needs `s3:PutObject` and `s3:GetObject`. */
export interface S3Calls {
  putObject(input: {
    readonly Bucket: string;
    readonly Key: string;
    readonly Body: Uint8Array;
    readonly ContentType: string;
    readonly ChecksumSHA256: string;
  }): Promise<unknown>;
  getObject(input: {
    readonly Bucket: string;
    readonly Key: string;
  }): Promise<{ readonly Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined }>;
}

export interface S3BlobsOptions {
  readonly s3: S3Calls;
  readonly bucket: string;
  /** Before each name. Default `spotproof/`. */
  readonly prefix?: string;
}

/**
 * Blobs as objects of S3. S3 itself refuses bytes that are not what their name says, and shows an object whole or not at all. Give the prefix a lifecycle rule that
 * expires objects later than the records that point to them: a record is kept for as long as `keepMs` says, a job that is not done for ever.
 *
 * Written without `If-None-Match`: the same name has the same content, and writing it again makes it young again for that rule.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function createS3Blobs({ s3, bucket, prefix = 'spotproof/' }: S3BlobsOptions): BlobStore {
  if (typeof bucket !== 'string' || bucket === '')
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `bucket must be the name of a bucket, got ${JSON.stringify(bucket) ?? 'nothing'}.`);
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- what JavaScript may pass
  if (typeof s3?.putObject !== 'function' || typeof s3.getObject !== 'function')
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      's3 must be an `S3` of @aws-sdk/client-s3, which has a method for each call; `S3Client` has not.',
    );
  return {
    async put(name, bytes) {
      checkBlobName(name);
      const input = {
        Bucket: bucket,
        Key: prefix + name,
        Body: bytes,
        ContentType: 'application/octet-stream',
        ChecksumSHA256: hash('sha256', bytes, 'base64'),
      };
      await told(`write the blob ${name}`, () => s3.putObject(input));
    },
    async get(name) {
      checkBlobName(name);
      return await told(`read the blob ${name}`, () => unlessMissing(() => read(s3, { Bucket: bucket, Key: prefix + name })));
    },
  };
}

async function read(s3: S3Calls, input: { readonly Bucket: string; readonly Key: string }): Promise<Uint8Array> {
  const { Body } = await s3.getObject(input);
  // An object without content has no body in some versions of the SDK.
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

async function unlessMissing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    // A bucket that is missing is answered with 404 as well, and is a mistake.
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

async function told<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const name = error instanceof Error ? error.name : 'none';
    const status = statusOf(error);
    // Without a status there was no answer: the network, or the middle of a body.
    const retryable = status === undefined || status >= 500 || status === 429 || status < 300;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpotproofError('SPOTPROOF_STORE', `Could not ${what} in S3: ${name}: ${reason}.`, {
      retryable,
      details: { name, status: status ?? null },
      cause: error,
    });
  }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
