import { mkdir, open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { SpotproofError } from '@spotproof/core';
import { checkBlobName, type BlobStore } from './blob-store.ts';

export interface FileBlobsOptions {
  /** A folder that all tasks share, such as one of EFS; it is made if it is missing. */
  readonly folder: string;
}

export interface FileBlobs extends BlobStore {
  /**
   * Removes what was written longer ago. Nothing else does; call it from time to time.
   *
   * @param olderThanMs More than the longest time that a record is kept which points to a blob.
   * @returns How many were removed.
   * @throws SpotproofError `SPOTPROOF_STORE`, `SPOTPROOF_CONFIG_INVALID`
   */
  purge(olderThanMs: number): Promise<number>;
}

/**
 * Blobs as files. A file has its name only when it is whole and on the disk, so that a task killed in the middle leaves none that is torn.
 */
export function createFileBlobs({ folder }: FileBlobsOptions): FileBlobs {
  if (typeof folder !== 'string' || folder === '')
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `folder must be a path, got ${JSON.stringify(folder)}. Give a folder that all tasks share.`);
  return {
    put: (name, bytes) => told(`write the blob ${name}`, () => write(pathOf(folder, name), bytes)),
    get: (name) => told(`read the blob ${name}`, () => unlessMissing(() => readFile(pathOf(folder, name)))),
    async purge(olderThanMs) {
      // Nothing is younger than what is no time.
      if (!(typeof olderThanMs === 'number' && olderThanMs >= 0))
        throw new SpotproofError(
          'SPOTPROOF_CONFIG_INVALID',
          `olderThanMs must be 0 or more milliseconds, got ${String(olderThanMs)}. Nothing was removed.`,
        );
      return await told('clean up', () => purge(folder, Date.now() - olderThanMs));
    },
  };
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const parent = dirname(path);
  const made = await mkdir(parent, { recursive: true });
  const unfinished = `${path}.${randomUUID()}${UNFINISHED}`;
  try {
    await withFile(unfinished, 'wx', async (file) => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(unfinished, path);
  } catch (error) {
    await unlessMissing(() => unlink(unfinished));
    throw error;
  }
  // A name is in its folder, which is on the disk only when it is synced itself; and so is the name of each folder that was made.
  for (const named of [path, ...foldersFrom(made, parent)]) await withFile(dirname(named), 'r', (file) => file.sync());
}

/** All that were made, the deepest first. */
function foldersFrom(made: string | undefined, deepest: string): readonly string[] {
  if (made === undefined) return [];
  const folders = [deepest];
  for (let folder = deepest; resolve(folder) !== resolve(made);) folders.push((folder = dirname(folder)));
  return folders;
}

async function purge(folder: string, writtenBefore: number): Promise<number> {
  let removed = 0;
  const names = (await unlessMissing(() => readdir(folder, { recursive: true }))) ?? [];
  for (const name of names) {
    if (!OURS.test(name)) continue;
    const path = join(folder, name);
    const found = await unlessMissing(() => stat(path));
    if (found === undefined || !found.isFile() || found.mtimeMs >= writtenBefore) continue;
    await unlessMissing(() => unlink(path));
    removed += 1;
  }
  return removed;
}

async function withFile(path: string, flags: string, use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** Folders of 256 each, for file systems that are slow with many names in one. */
function pathOf(folder: string, name: string): string {
  checkBlobName(name);
  return join(folder, name.slice(-2), name);
}

async function unlessMissing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function told<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'none';
    const retryable = RETRYABLE.has(code);
    throw new SpotproofError('SPOTPROOF_STORE', `Could not ${what}: ${reason}.`, { retryable, details: { code }, cause: error });
  }
}

const UNFINISHED = '.unfinished';
const OURS = /^[a-z0-9-]{2}[\\/][a-z0-9-]+(?:\.[0-9a-f-]{36}\.unfinished)?$/;
/** A network file system that is away for a moment, and a process with too many files open. */
const RETRYABLE = new Set(['EAGAIN', 'EBUSY', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT']);
