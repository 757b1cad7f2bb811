import { BlockList, isIP } from 'node:net';

/**
 * A compiled event pattern. A rule matches an event when each field that the pattern names has one of the listed values; arrays of the event match when
 * one of their members does (EventBridge user guide, "Amazon EventBridge event patterns").
 */
export type EventPattern = (event: unknown) => boolean;

/** @throws {InvalidPattern} For anything that EventBridge refuses: a value that is no list, an unknown comparison. */
export function compilePattern(pattern: unknown): EventPattern {
  return compileObject(pattern, 'pattern');
}

export class InvalidPattern extends Error {}

function compileObject(pattern: unknown, path: string): EventPattern {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) throw new InvalidPattern(`${path} must be an object`);
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidPattern(`${path} must not be empty`);
  const tests = entries.map(([name, value]) => (name === '$or' ? compileOr(value, `${path}.$or`) : compileField(name, value, `${path}.${name}`)));
  return (event) => typeof event === 'object' && event !== null && tests.every((test) => test(event));
}

function compileOr(value: unknown, path: string): EventPattern {
  if (!Array.isArray(value) || value.length < 2) throw new InvalidPattern(`${path} must be a list of two or more patterns`);
  const tests = value.map((member, index) => compileObject(member, `${path}[${index}]`));
  return (event) => tests.some((test) => test(event));
}

function compileField(name: string, value: unknown, path: string): EventPattern {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null) throw new InvalidPattern(`${path} must be an object or a list of values`);
    const test = compileObject(value, path);
    return (event) => membersOf(fieldOf(event, name)).some(test);
  }
  if (value.length === 0) throw new InvalidPattern(`${path} must not be an empty list`);
  const tests = value.map((member) => compileValue(member, path));
  return (event) => {
    const field = fieldOf(event, name);
    return tests.some((test) => test(field));
  };
}

/** Tests a field, which is undefined where the event has none. */
type FieldTest = (field: unknown) => boolean;

function compileValue(value: unknown, path: string): FieldTest {
  if (typeof value !== 'object' || value === null) return onMembers((member) => member === value);
  const [[kind, operand] = ['', undefined], ...rest] = Object.entries(value);
  if (rest.length > 0) throw new InvalidPattern(`${path} must have one comparison in each object`);
  switch (kind) {
    case 'exists':
      if (typeof operand !== 'boolean') throw new InvalidPattern(`${path}: exists must be true or false`);
      return (field) => (field !== undefined) === operand;
    case 'prefix':
      return edgeTest(operand, `${path}: prefix`, (text, start) => text.startsWith(start));
    case 'suffix':
      return edgeTest(operand, `${path}: suffix`, (text, end) => text.endsWith(end));
    case 'cidr':
      return compileCidr(operand, path);
    case 'equals-ignore-case':
      return textTest(operand, `${path}: equals-ignore-case`, (text, other) => text.toLowerCase() === other.toLowerCase());
    case 'wildcard':
      return textTest(operand, `${path}: wildcard`, (text, pattern) => wildcard(pattern).test(text));
    case 'anything-but':
      return compileAnythingBut(operand, path);
    case 'numeric':
      return compileNumeric(operand, path);
    default:
      throw new InvalidPattern(`${path}: unrecognized match type ${kind}`);
  }
}

function textTest(operand: unknown, path: string, matches: (text: string, operand: string) => boolean): FieldTest {
  if (typeof operand !== 'string') throw new InvalidPattern(`${path} must be a text`);
  return onMembers((member) => typeof member === 'string' && matches(member, operand));
}

/** With `{"equals-ignore-case": "x"}` instead of a text, whatever the case is. */
function edgeTest(operand: unknown, path: string, matches: (text: string, operand: string) => boolean): FieldTest {
  const [[kind, edge] = ['', undefined]] = typeof operand === 'object' && operand !== null ? Object.entries(operand) : [];
  if (kind !== 'equals-ignore-case') return textTest(operand, path, matches);
  return textTest(edge, `${path}: ${kind}`, (text, other) => matches(text.toLowerCase(), other.toLowerCase()));
}

function compileCidr(operand: unknown, path: string): FieldTest {
  const [, address = '', prefix = ''] = (typeof operand === 'string' ? /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(operand) : null) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(prefix) > (family === 4 ? 32 : 128))
    throw new InvalidPattern(`${path}: cidr must be an address and the length of its prefix`);
  const block = new BlockList();
  block.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return onMembers((member) => typeof member === 'string' && isIP(member) !== 0 && block.check(member, isIP(member) === 4 ? 'ipv4' : 'ipv6'));
}

/** Matches a field that is there and has another value. */
function compileAnythingBut(operand: unknown, path: string): FieldTest {
  const isComparison = typeof operand === 'object' && operand !== null && !Array.isArray(operand);
  const [[kind, values] = ['', undefined], ...rest]: (readonly [string, unknown])[] = isComparison ? Object.entries(operand) : [];
  if (isComparison && (rest.length > 0 || !NEGATABLE.includes(kind)))
    throw new InvalidPattern(`${path}: anything-but takes values, or one of ${NEGATABLE.join(', ')}`);
  const listed = membersOf(isComparison ? values : operand);
  if (listed.length === 0) throw new InvalidPattern(`${path}: anything-but must not be an empty list`);
  const excluded = listed.map((value) => compileValue(isComparison ? { [kind]: value } : value, path));
  return onMembers((member) => member !== undefined && !excluded.some((test) => test(member)));
}

function compileNumeric(operand: unknown, path: string): FieldTest {
  const terms: unknown[] = Array.isArray(operand) ? operand : [];
  if (terms.length === 0 || terms.length % 2 !== 0) throw new InvalidPattern(`${path}: numeric must be a list of comparisons and numbers`);
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < terms.length; index += 2) {
    const [comparison, bound] = [terms[index], terms[index + 1]];
    const compare = typeof comparison === 'string' ? COMPARISONS[comparison] : undefined;
    if (compare === undefined || typeof bound !== 'number') throw new InvalidPattern(`${path}: numeric must be a list of comparisons and numbers`);
    tests.push((value) => compare(value, bound));
  }
  return onMembers((member) => typeof member === 'number' && tests.every((test) => test(member)));
}

function onMembers(test: FieldTest): FieldTest {
  return (field) => membersOf(field).some(test);
}

function membersOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function fieldOf(event: unknown, name: string): unknown {
  return typeof event === 'object' && event !== null ? Object.getOwnPropertyDescriptor(event, name)?.value : undefined;
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

const NEGATABLE = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];
const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};
