/**
 * Values as SQL writes them. Everything is digits, hexadecimals or Base64, so that neither the character set of the connection nor its `sql_mode` nor an
 * option of the client can make another value of it; and no statement needs to be prepared, which would cost a round trip and pin a proxy's connection.
 */

/** As UTF-8, whatever the connection speaks. */
export function text(value: string): string {
  return bytes(Buffer.from(value));
}

export function bytes(value: Uint8Array): string {
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return buffer.length <= LONGEST_HEX_BYTES ? `X'${buffer.toString('hex')}'` : `FROM_BASE64('${buffer.toString('base64')}')`;
}

/** @param value A whole number, which has been checked. */
export function whole(value: number): string {
  return BigInt(value).toString();
}

/** Any text but NUL may be a name. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Base64 has a third more than the bytes themselves, hexadecimals twice as many, but nothing has to be decoded. */
const LONGEST_HEX_BYTES = 1024;
