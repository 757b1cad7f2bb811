import { connect, type Socket } from 'node:net';
import { LookAgain } from '../support/look-again.ts';

export interface Frame {
  readonly type: FrameType;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/**
 * An HTTP/2 client that sends the frames it is told to and keeps those that come back. Unlike Node's it takes no notice of GOAWAY, as an impolite
 * balancer would.
 */
export class FrameClient implements Disposable {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #frames: Frame[] = [];
  readonly #facts = new LookAgain();
  #rest = Buffer.alloc(0);
  #lastStream = -1;
  #before: { readonly type: FrameType; run(): void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('error', () => {});
      socket.on('close', () => {
        resolve();
        this.#facts.changed();
      });
    });
    socket.on('data', (data) => {
      this.#read(data);
      this.#facts.changed();
    });
  }

  static async connect(port: number): Promise<FrameClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const client = new FrameClient(socket);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    client.#send('SETTINGS', 0, 0);
    await client.until('the settings', (frames) => frames.some(({ type }) => type === 'SETTINGS'));
    return client;
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** The last stream ids that the server named in its GOAWAY frames, in order. */
  get goaways(): readonly number[] {
    return this.#frames.filter(({ type }) => type === 'GOAWAY').map(({ payload }) => payload.readUInt32BE(0));
  }

  /** Opens a stream with GET, whatever the server said; its id. */
  get(path: string): number {
    this.#lastStream += 2;
    // Method GET and scheme http stand in the static table (2, 6); path and authority are named there (4, 1) and have their values in the open.
    this.#send(
      'HEADERS',
      END_STREAM | END_HEADERS,
      this.#lastStream,
      Buffer.concat([Buffer.from([0x82, 0x86]), field(0x04, path), field(0x01, 'x')]),
    );
    return this.#lastStream;
  }

  /** Runs something when a frame of this type was read, before it is acknowledged. */
  beforeAnswering(type: FrameType, run: () => void): void {
    this.#before = { type, run };
  }

  /** Cancels a stream, whatever has come of it. */
  reset(stream: number): void {
    this.#send('RST_STREAM', 0, stream, Buffer.from([0, 0, 0, 8]));
  }

  /** The body of the answer to this stream, once it is complete. */
  async answer(stream: number): Promise<string> {
    const isEnd = (frame: Frame): boolean => frame.stream === stream && (frame.type === 'RST_STREAM' || (frame.flags & END_STREAM) !== 0);
    const frames = await this.until(`the end of stream ${stream}`, (all) => all.some((frame) => isEnd(frame)));
    const own = frames.filter((frame) => frame.stream === stream);
    if (own.some(({ type }) => type === 'RST_STREAM')) throw new Error(`stream ${stream} was reset`);
    return Buffer.concat(own.filter(({ type }) => type === 'DATA').map(({ payload }) => payload)).toString();
  }

  async until(what: string, holds: (frames: readonly Frame[]) => boolean, withinMs = 40_000): Promise<readonly Frame[]> {
    return await this.#facts.until({
      find: () => (holds(this.#frames) ? this.#frames : undefined),
      what,
      isOver: () => this.#socket.destroyed,
      transcript: () => this.#transcript(),
      withinMs,
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const length = this.#rest.length < 9 ? Infinity : this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) return;
      const type = FRAME_TYPES[this.#rest[3] ?? 0] ?? 'DATA';
      const frame = { type, flags: this.#rest[4] ?? 0, stream: this.#rest.readUInt32BE(5), payload: this.#rest.subarray(9, 9 + length) };
      this.#rest = this.#rest.subarray(9 + length);
      this.#frames.push(frame);
      if (type === this.#before?.type) this.#before.run();
      if ((type === 'SETTINGS' || type === 'PING') && (frame.flags & ACK) === 0)
        this.#send(type, ACK, 0, type === 'PING' ? frame.payload : undefined);
    }
  }

  #send(type: FrameType, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = FRAME_TYPES.indexOf(type);
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  #transcript(): string {
    return this.#frames.map(({ type, stream, flags }) => `${type} ${stream} ${flags}`).join(', ');
  }
}

/** A header field whose name is in the static table and whose value is not indexed (RFC 7541, 6.2.2). */
function field(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([index, value.length]), Buffer.from(value)]);
}

type FrameType = (typeof FRAME_TYPES)[number];
const FRAME_TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
] as const;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
