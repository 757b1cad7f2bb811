import { Buffer } from 'node:buffer';

/** One message as gRPC puts it on the wire: not compressed, its length, its octets ("gRPC over HTTP2"). */
export function frameMessage(message: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_OCTETS);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Counts the messages of an answer as it comes. */
export class MessageCounter {
  messages = 0;
  #head = Buffer.alloc(HEAD_OCTETS);
  #headOctets = 0;
  #left = 0;

  /** Octets of a message that is not complete. */
  get isInMessage(): boolean {
    return this.#headOctets > 0;
  }

  push(octets: Uint8Array): void {
    let at = 0;
    while (at < octets.length || (this.#headOctets === HEAD_OCTETS && this.#left === 0)) {
      if (this.#headOctets < HEAD_OCTETS) {
        this.#head[this.#headOctets++] = octets[at++] ?? 0;
        if (this.#headOctets === HEAD_OCTETS) this.#left = this.#head.readUInt32BE(1);
        continue;
      }
      const taken = Math.min(this.#left, octets.length - at);
      at += taken;
      this.#left -= taken;
      if (this.#left > 0) continue;
      this.messages++;
      this.#headOctets = 0;
    }
  }
}

const HEAD_OCTETS = 5;
