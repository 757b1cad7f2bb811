/** Also true for objects of another realm, such as a test runner's. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return !hasToJson(value);
  return (
    typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty') && !hasToJson(value)
  );
}

/** An array, and not of a class that extends it. */
export function isPlainArray(value: object): value is readonly unknown[] {
  // Array.prototype is itself an array; the prototype of a class never is.
  return Array.isArray(value) && Array.isArray(Object.getPrototypeOf(value)) && !hasToJson(value);
}

/** Says itself what stands for it: not the value any more. */
function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
