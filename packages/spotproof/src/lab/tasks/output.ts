import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** What a task prints: all of it into a file up to a limit, the end of it in memory. */
export class TaskOutput {
  readonly path: string;
  /** Undefined once it is closed: hundreds of tasks may end in one run. */
  #file: WriteStream | undefined;
  readonly #marker: string;
  #tail = Buffer.alloc(0);
  #written = 0;
  #closed = Promise.resolve();
  #hasMarker = false;
  #lineStart = '\n';
  /** Undefined until SIGTERM. */
  #afterSigterm: Buffer | undefined;

  /** @param marker What a line must begin with for {@link hasMarker}. */
  constructor(path: string, marker: string) {
    this.path = path;
    this.#marker = `\n${marker}`;
    this.#file = createWriteStream(path);
    // A full disk must not end the run: the output is there for people, the verdict does not stand on it.
    this.#file.on('error', () => {});
  }

  read(stream: Readable): void {
    stream.on('data', (chunk: Buffer) => this.#add(chunk));
    stream.on('error', () => {});
  }

  /** True once a line began with the marker. */
  get hasMarker(): boolean {
    return this.#hasMarker;
  }

  /** The last lines, at most 200 and at most 32 kB. */
  lines(): readonly string[] {
    const lines = this.#tail.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.filter((line) => !OUR_NOISE.test(line)).slice(-MAX_LINES);
  }

  /** SIGTERM is on its way: what follows comes after it. */
  noteSigterm(): void {
    this.#afterSigterm ??= Buffer.alloc(0);
  }

  /** The first lines after SIGTERM, at most 4 kB of them; the last may be cut. */
  linesAfterSigterm(): readonly string[] {
    return (this.#afterSigterm?.toString('utf8') ?? '').split('\n').filter((line) => line !== '' && !OUR_NOISE.test(line));
  }

  /** Lets go of the file; safe to call twice. */
  close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#closed = new Promise((resolve) => file.end(() => resolve()));
    return this.#closed;
  }

  #add(chunk: Buffer): void {
    this.#look(chunk);
    const tail = Buffer.concat([this.#tail, chunk]);
    this.#tail = tail.length > TAIL_OCTETS ? tail.subarray(tail.length - TAIL_OCTETS) : tail;
    if (this.#afterSigterm !== undefined && this.#afterSigterm.length < AFTER_SIGTERM_OCTETS)
      this.#afterSigterm = Buffer.concat([this.#afterSigterm, chunk]).subarray(0, AFTER_SIGTERM_OCTETS);
    if (this.#file === undefined || this.#written >= MAX_FILE_OCTETS) return;
    this.#written += chunk.length;
    this.#file.write(chunk);
    if (this.#written >= MAX_FILE_OCTETS) this.#file.write(`\n[the lab kept the first ${MAX_FILE_OCTETS} octets only]\n`);
  }

  /** A marker may be cut in two by the chunks. */
  #look(chunk: Buffer): void {
    if (this.#hasMarker) return;
    const text = this.#lineStart + chunk.toString('latin1');
    this.#hasMarker = text.includes(this.#marker);
    this.#lineStart = text.slice(-this.#marker.length);
  }
}

/** What `unshare` says when its child was killed. The app did not say it. */
const OUR_NOISE = /^unshare: sigprocmask/;
const MAX_LINES = 200;
const TAIL_OCTETS = 32_768;
const AFTER_SIGTERM_OCTETS = 4096;
/** A program that prints without end must not fill the disk. */
const MAX_FILE_OCTETS = 16 * 1024 * 1024;
