import { hash } from 'node:crypto';
import { SpotproofError } from '@spotproof/core';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { ClaimStore } from '../store.ts';
import { inline, open, reference, type BlobReference } from './envelope.ts';

export interface PayloadsOptions {
  readonly store: Pick<ClaimStore, 'capabilities'>;
  /** For what is larger than `inlineBytes`. Without it that is refused. */
  readonly blobs?: BlobStore | undefined;
  /** The largest envelope that stands in the record itself. Default, and most: what the store takes. */
  readonly inlineBytes?: number | undefined;
}

/** The bytes, or the sentence that says why they were not kept. */
export type Unpacked = { readonly kind: 'kept'; readonly bytes: Uint8Array } | { readonly kind: 'omitted'; readonly reason: string };

/** Puts bytes into a record, and what is too large for one into the blob store: before the record points to it, and looked at again when it is read. */
export class Payloads {
  /** The largest payload that can be kept, in bytes. */
  readonly maxBytes: number;
  readonly #blobs: BlobStore | undefined;
  readonly #inlineBytes: number;

  constructor({ store, blobs, inlineBytes = Infinity }: PayloadsOptions) {
    this.#blobs = blobs;
    this.#inlineBytes = Math.min(inlineBytes, store.capabilities.maxBytes);
    this.maxBytes = blobs === undefined ? this.#inlineBytes - 1 : LARGEST_BLOB;
  }

  /** @throws SpotproofError `SPOTPROOF_NOT_STORABLE` when it is too large; `SPOTPROOF_STORE` from the blob store. */
  async pack(bytes: Uint8Array): Promise<Uint8Array> {
    if (bytes.byteLength > this.maxBytes) throw this.#tooLarge(bytes.byteLength);
    if (bytes.byteLength < this.#inlineBytes || this.#blobs === undefined) return inline(bytes);
    const sha256 = hash('sha256', bytes, 'hex');
    const name = `sha256-${sha256}`;
    await this.#blobs.put(name, bytes);
    return reference({ name, sha256, bytes: bytes.byteLength });
  }

  /** @throws SpotproofError `SPOTPROOF_STORE` when the blob is gone or is not what was written. */
  async unpack(sealed: Uint8Array): Promise<Unpacked> {
    const envelope = open(sealed);
    if (envelope.kind === 'omitted') return envelope;
    return { kind: 'kept', bytes: envelope.kind === 'inline' ? envelope.bytes : await this.#fetch(envelope.reference) };
  }

  async #fetch({ name, sha256, bytes }: BlobReference): Promise<Uint8Array> {
    if (this.#blobs === undefined) throw blobError(name, 'is needed, and no blob store was given. Give the one that it was written with');
    const found = await this.#blobs.get(name);
    if (found === undefined) throw blobError(name, 'is gone. Clean blobs up later than the records that point to them');
    if (found.byteLength !== bytes || hash('sha256', found, 'hex') !== sha256) throw blobError(name, 'is not what was written');
    return found;
  }

  #tooLarge(bytes: number): SpotproofError {
    const advice = this.#blobs === undefined ? 'Store less, or give a blob store' : 'Store less';
    return new SpotproofError('SPOTPROOF_NOT_STORABLE', `A payload has ${this.maxBytes} bytes at most here, got ${bytes}. ${advice}.`, {
      details: { bytes, maxBytes: this.maxBytes },
    });
  }
}

function blobError(name: string, what: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', `The blob ${name} ${what}.`, { details: { blob: name } });
}

/** It is held in memory whole, and hashed. */
const LARGEST_BLOB = 1024 * 1024 * 1024;
