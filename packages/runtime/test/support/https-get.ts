import { request, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

/** One HTTP/1.1 request over TLS, on a connection of its own. */
export async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; connection: string | undefined; body: string }> {
  return await new Promise((resolve, reject) => {
    // The types of `https.request` leave out that it passes TLS options on.
    const options: RequestOptions & ConnectionOptions = {
      port,
      path,
      headers: { connection: 'keep-alive', ...headers },
      host: '127.0.0.1',
      agent: false,
      // A shared key instead of a certificate, which would expire.
      ciphers: 'PSK+HIGH',
      maxVersion: 'TLSv1.2',
      pskCallback: () => ({ psk: Buffer.from('0123456789abcdef'), identity: 'test' }),
      checkServerIdentity: () => undefined,
    };
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body }));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
