import type { RawHeaders } from './types.ts';

/** The header fields that bear on framing and on the connection; lines of one name joined with `, `. */
export class MessageFields {
  contentLength: string | undefined;
  contentLengthLines = 0;
  transferEncoding: string | undefined;
  connection: string | undefined;
  upgrade: string | undefined;
  expect: string | undefined;

  /** One pass over all headers; most are passed over by the length of their names. */
  constructor(headers: RawHeaders) {
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index] ?? '';
      if (LENGTHS_MASK & (1 << name.length)) this.#note(name.toLowerCase(), headers[index + 1] ?? '');
    }
  }

  #note(lowerName: string, value: string): void {
    switch (lowerName) {
      case 'content-length':
        this.contentLength = value;
        this.contentLengthLines++;
        break;
      case 'transfer-encoding':
        this.transferEncoding = joined(this.transferEncoding, value);
        break;
      case 'connection':
        this.connection = joined(this.connection, value);
        break;
      case 'upgrade':
        this.upgrade = joined(this.upgrade, value);
        break;
      case 'expect':
        this.expect = joined(this.expect, value);
        break;
    }
  }
}

const joined = (before: string | undefined, value: string): string => (before === undefined ? value : `${before}, ${value}`);

const NAMES = ['content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect'];
/** Bit n stands for a name of n characters. Shifts count modulo 32, so a name of 32 + n passes too; the switch settles it. */
const LENGTHS_MASK = NAMES.reduce((mask, name) => mask | (1 << name.length), 0);
