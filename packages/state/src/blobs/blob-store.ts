/** Where bytes go that are too large for a store of claims. What is written is never changed: a name stands for one content. */
export interface BlobStore {
  /**
   * Keeps the bytes until they are cleaned up by age; durable when it resolves. The name is a digest of the bytes, so that writing it again is harmless, and
   * makes it young again.
   *
   * @param name 1 to 100 lower-case letters, digits and hyphens.
   * @throws SpotproofError `SPOTPROOF_STORE`
   */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Undefined if there is none.
   *
   * @throws SpotproofError `SPOTPROOF_STORE`
   */
  get(name: string): Promise<Uint8Array | undefined>;
}

/** @throws TypeError for what {@link BlobStore.put} does not take: a pointer that somebody else wrote. */
export function checkBlobName(name: string): void {
  if (!NAME.test(name)) throw new TypeError(`a blob is named by lower-case letters, digits and hyphens, got ${JSON.stringify(name.slice(0, 60))}`);
}

const NAME = /^[a-z0-9-]{1,100}$/;
