import { randomUUID } from 'node:crypto';

/** For one attempt at one key: nobody else, in no other process and at no other time, has the same. */
export function newToken(): string {
  return randomUUID();
}
