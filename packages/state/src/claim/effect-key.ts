import { createHash } from 'node:crypto';

/** Of the key and the step, never of the attempt: what a second attempt does again, it does under the same name. */
export function effectKey(key: string, step: string): string {
  return createHash('sha256')
    .update(JSON.stringify([key, step]))
    .digest('base64url');
}
