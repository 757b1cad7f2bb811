import { connect, type ClientHttp2Session, type SecureClientSessionOptions } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';

export type Mode = 'h2c' | 'tls' | 'mixed';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A well-behaved HTTP/2 client on one connection, and what the server told it about its end. */
export class Http2Client implements Disposable {
  readonly session: ClientHttp2Session;
  readonly goaways: number[] = [];
  readonly closed: Promise<void>;

  constructor(port: number, mode: Mode) {
    this.session = mode === 'h2c' ? connect(`http://127.0.0.1:${port}`) : connect(`https://127.0.0.1:${port}`, TLS);
    this.session.on('error', () => {});
    this.session.on('goaway', (_code, lastStream) => this.goaways.push(lastStream));
    this.closed = new Promise((resolve) => {
      this.session.once('close', () => resolve());
    });
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.send('GET', path, { headers });
  }

  /** @param options.body Chunks that are sent one by one. */
  async send(
    method: string,
    path: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: AsyncIterable<string> } = {},
  ): Promise<Answer> {
    const stream = this.session.request({ ':method': method, ':path': path, ...options.headers }, { endStream: options.body === undefined });
    const answer = new Promise<Answer>((resolve, reject) => {
      let status = 0;
      let body = '';
      stream.setEncoding('utf8');
      stream.on('response', (head) => (status = head[':status'] ?? 0));
      stream.on('data', (chunk: string) => (body += chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        if (stream.rstCode === 0 && status !== 0) resolve({ status, body });
        else reject(new Error(`${method} ${path} was cut (code ${stream.rstCode}, status ${status})`));
      });
    });
    // It may be cut while its body is still being sent; the caller hears of it below.
    answer.catch(() => {});
    if (options.body !== undefined) {
      for await (const chunk of options.body) stream.write(chunk);
      stream.end();
    }
    return await answer;
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

// A shared key instead of a certificate, which would expire. The types leave out that TLS options are passed on.
const TLS: SecureClientSessionOptions & ConnectionOptions = {
  ciphers: 'PSK+HIGH',
  maxVersion: 'TLSv1.2',
  pskCallback: () => ({ psk: Buffer.from('0123456789abcdef'), identity: 'test' }),
  checkServerIdentity: () => undefined,
};
