import type { Socket } from 'node:net';

/**
 * Gathers what one read gives the other side, so that a head and the body that arrived with it leave in one write. Small messages leave as
 * one latin1 string: node encodes those on the stack and hands them to the kernel at once, which costs half of what buffers do.
 */
export class Outbox {
  readonly #copies: boolean;
  #text = '';
  #pieces: Uint8Array[] = [];
  #pieceOctets = 0;

  /** @param options `copies`: the pieces lie in memory that is used again after the flush, so larger ones must be copied. */
  constructor(options: { readonly copies: boolean }) {
    this.#copies = options.copies;
  }

  get octets(): number {
    return this.#text.length + this.#pieceOctets;
  }

  /** Adds text of one latin1 character an octet. */
  addText(text: string): void {
    if (this.#pieceOctets === 0) this.#text += text;
    else this.#add(Buffer.from(text, 'latin1'));
  }

  /** Adds octets; they must not change before the next {@link flushTo}. */
  addBytes(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#add(bytes);
  }

  /** Writes everything. Returns false when the socket asks for a pause until its `drain`. */
  flushTo(socket: Socket): boolean {
    if (this.#pieceOctets === 0) {
      if (this.#text === '') return true;
      const text = this.#text;
      this.#text = '';
      return socket.write(text, 'latin1');
    }
    const flowing = this.octets <= MAX_STRING_OCTETS ? socket.write(this.#asText(), 'latin1') : this.#writePieces(socket);
    this.#text = '';
    this.#pieces = [];
    this.#pieceOctets = 0;
    return flowing;
  }

  /** Hands everything over, piece by piece; the pieces must be used up at once. */
  drainTo(take: (bytes: Uint8Array) => void): void {
    const text = this.#text;
    const pieces = this.#pieces;
    this.#text = '';
    this.#pieces = [];
    this.#pieceOctets = 0;
    if (text !== '') take(Buffer.from(text, 'latin1'));
    for (const piece of pieces) take(piece);
  }

  /** Moves everything to another outbox, which must be empty. */
  moveTo(other: Outbox): void {
    other.addText(this.#text);
    for (const piece of this.#pieces) other.addBytes(piece);
    this.#text = '';
    this.#pieces = [];
    this.#pieceOctets = 0;
  }

  #add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#pieceOctets += piece.length;
  }

  #asText(): string {
    let text = this.#text;
    for (const piece of this.#pieces) text += asBuffer(piece).toString('latin1');
    return text;
  }

  #writePieces(socket: Socket): boolean {
    let flowing = true;
    socket.cork();
    if (this.#text !== '') flowing = socket.write(this.#text, 'latin1');
    for (const piece of this.#pieces) flowing = socket.write(this.#copies ? Buffer.from(piece) : piece);
    socket.uncork();
    return flowing;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Node encodes a string of up to 16384 octets on its stack; larger ones cost an allocation and a second copy. */
const MAX_STRING_OCTETS = 16_384;
