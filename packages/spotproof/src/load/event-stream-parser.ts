export interface ServerSentEvent {
  /** The last id that the stream named, by this event or an earlier one. */
  readonly id: string | undefined;
  readonly data: string;
}

export interface EventStreamReader {
  readonly onEvent: (event: ServerSentEvent) => void;
  readonly onRetry: (retryMs: number) => void;
}

/** Server-Sent Events out of text as it comes, by the rules of the HTML standard ("Interpreting an event stream"). An event without its blank line is none. */
export class EventStreamParser {
  readonly #reader: EventStreamReader;
  #rest = '';
  #data: string[] = [];
  #id: string | undefined;

  constructor(reader: EventStreamReader) {
    this.#reader = reader;
  }

  push(text: string): void {
    this.#rest += text;
    for (;;) {
      const match = /\r\n|\n|\r(?=[\s\S])/u.exec(this.#rest);
      if (match === null) break;
      const line = this.#rest.slice(0, match.index);
      this.#rest = this.#rest.slice(match.index + match[0].length);
      this.#onLine(line);
    }
    if (this.#rest.length > LONGEST_LINE) this.#rest = '';
  }

  #onLine(line: string): void {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      if (data.length > 0) this.#reader.onEvent({ id: this.#id, data: data.join('\n') });
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#reader.onRetry(Number(value));
  }
}

/** A stream without line ends must not fill the memory. */
const LONGEST_LINE = 1_048_576;
