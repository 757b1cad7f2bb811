import { DEEPEST } from '../payload/json-codec.ts';

/**
 * Freezes a value and all in it, so that what waits to be written cannot change meanwhile. What is frozen already is taken to be so all through, and what is
 * deeper than can be written is left.
 */
export function deepFreeze<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value) || depth > DEEPEST) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part, depth + 1);
  return value;
}
