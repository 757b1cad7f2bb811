import { closeSync, openSync, writeSync } from 'node:fs';

/** Writes lines to a file, in large pieces: a write per line would cost more than the request that it tells of. */
export class LineFile {
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_OCTETS);
  #length = 0;

  /** Creates the file, or empties it. Throws what the file system says. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'w');
  }

  write(line: string): void {
    // UTF-8 needs three octets at most for a UTF-16 unit. Encoding at once, not at the flush, lets go of the string while it is young.
    if (this.#length + line.length * 3 > BUFFER_OCTETS) this.flush();
    if (line.length * 3 > BUFFER_OCTETS) this.#writeOut(Buffer.from(line));
    else this.#length += this.#buffer.write(line, this.#length, 'utf8');
  }

  flush(): void {
    const length = this.#length;
    this.#length = 0;
    this.#writeOut(this.#buffer.subarray(0, length));
  }

  close(): void {
    this.flush();
    closeSync(this.#descriptor);
  }

  #writeOut(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
  }
}

const BUFFER_OCTETS = 131_072;
