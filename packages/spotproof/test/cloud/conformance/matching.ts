import type { Expected } from './call.ts';

/** Where an answer is not what was expected; empty when it is. */
export function differences(expected: Expected, got: unknown, path = 'answer'): readonly string[] {
  if (expected === null) return got === undefined || got === null ? [] : [`${path} is there: ${JSON.stringify(got)}`];
  if (expected instanceof RegExp) return typeof got === 'string' && expected.test(got) ? [] : [wrong(path, String(expected), got)];
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return [wrong(path, `a list of ${expected.length}`, got)];
    return expected.flatMap((member: Expected, index) => differences(member, got[index], `${path}[${index}]`));
  }
  if (typeof expected === 'object') {
    if (typeof got !== 'object' || got === null) return [wrong(path, 'an object', got)];
    return Object.entries(expected).flatMap(([name, member]) => differences(member, memberOf(got, name), `${path}.${name}`));
  }
  return expected === got ? [] : [wrong(path, JSON.stringify(expected), got)];
}

/** What a path such as `Listeners[0].ListenerArn` leads to. */
export function follow(value: unknown, path: string): unknown {
  return path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .reduce((inner, name) => (typeof inner === 'object' && inner !== null ? memberOf(inner, name) : undefined), value);
}

function memberOf(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}

function wrong(path: string, expected: string, got: unknown): string {
  return `${path} must be ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`;
}
