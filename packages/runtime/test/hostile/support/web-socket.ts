import { RawClient } from '../../support/raw-client.ts';

/** A WebSocket connection whose client does what it likes from here on. */
export async function webSocket(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.request('/', {
    ...{ Connection: 'Upgrade', Upgrade: 'websocket' },
    ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
  });
  await client.until(/101 Switching/);
  return client;
}

/** Matches once the client was told 1012 (service restart). */
export const TOLD_1012 = new RegExp(String.fromCharCode(1012 >> 8, 1012 & 0xff));
