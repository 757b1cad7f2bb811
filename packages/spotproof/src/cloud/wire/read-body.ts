import type { IncomingMessage } from 'node:http';
import { CloudFault } from './fault.ts';

/** @throws {CloudFault} for more than any call needs. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BODY_BYTES) throw new CloudFault('RequestEntityTooLarge', `The body must be at most ${MAX_BODY_BYTES} octets.`, 413);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;
