import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { SpotproofError } from '@spotproof/core';

/** One record a line (NDJSON), written in large pieces: a write for each record would cost more than the request. */
export class RecordFile<Record extends object> {
  readonly #stream: WriteStream;
  readonly #timer: NodeJS.Timeout;
  #lines = '';

  /** @param onError Called once if the file cannot be written. */
  constructor(path: string, onError: (error: SpotproofError) => void) {
    this.#stream = createWriteStream(path);
    this.#stream.on('error', (error) => {
      onError(
        new SpotproofError(
          'SPOTPROOF_PLATFORM',
          `Expected to write the records to ${path}, got: ${error.message}. Choose a directory that exists and is writable.`,
          { cause: error },
        ),
      );
    });
    this.#timer = setInterval(() => this.#flush(), FLUSH_EVERY_MS);
  }

  append(record: Record): void {
    this.#lines += `${JSON.stringify(record)}\n`;
    if (this.#lines.length >= FLUSH_AT_CHARACTERS) this.#flush();
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    this.#stream.end();
    if (!this.#stream.closed) await once(this.#stream, 'close');
  }

  #flush(): void {
    if (this.#lines === '') return;
    this.#stream.write(this.#lines);
    this.#lines = '';
  }
}

const FLUSH_EVERY_MS = 500;
const FLUSH_AT_CHARACTERS = 262_144;
