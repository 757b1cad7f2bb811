/** Follows the frames that a WebSocket server sends, only to know where one ends: there, and nowhere else, may a frame of ours be put in. */
export class WebSocketFrames {
  /** Of the header: two octets, then those that it announces. */
  #header: number[] = [];
  #payloadLeft = 0;
  #hasClosed = false;

  /** True between two frames, as long as the server has not said that it closes. */
  get mayInsert(): boolean {
    return this.#header.length === 0 && this.#payloadLeft === 0 && !this.#hasClosed;
  }

  /** @returns How many octets belong to frames up to the next place between two of them; all, when there is none. */
  read(bytes: Uint8Array, stopBetweenFrames = false): number {
    let position = 0;
    while (position < bytes.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, bytes.length - position);
        this.#payloadLeft -= taken;
        position += taken;
      } else {
        this.#header.push(bytes[position] ?? 0);
        position += 1;
        this.#readHeader();
      }
      if (stopBetweenFrames && this.mayInsert) break;
    }
    return position;
  }

  #readHeader(): void {
    const [first = 0, second = 0] = this.#header;
    const length = second & 0x7f;
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0;
    const mask = (second & 0x80) === 0 ? 0 : 4;
    if (this.#header.length < 2 + extended + mask) return;
    let payload = extended === 0 ? length : 0;
    for (const octet of this.#header.slice(2, 2 + extended)) payload = payload * 256 + octet;
    if ((first & 0x0f) === CLOSE) this.#hasClosed = true;
    this.#header = [];
    this.#payloadLeft = payload;
  }
}

/** A close frame with status 1012, "service restart": clients come again by themselves, to another target (IANA WebSocket Close Code Number Registry). */
export const CLOSE_FRAME: Uint8Array = Uint8Array.of(0x88, 0x02, 0x03, 0xf4);

const CLOSE = 0x8;
