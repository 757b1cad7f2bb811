import type { IncomingMessage } from 'node:http';
import { CloudFault } from './fault.ts';

/** Undefined for more than any call needs: read to its end all the same, or the caller would not come to read the answer. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BODY_BYTES) chunks.length = 0;
    else chunks.push(bytes);
  }
  return length > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString();
}

export function tooLarge(): CloudFault {
  return new CloudFault('RequestEntityTooLarge', `The body must be at most ${MAX_BODY_BYTES} octets.`, 413);
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;
