import { type ListShape, type MapShape, ownEntry, type ScalarShape, type ServiceModel, type StructureShape } from './service-model.ts';

/**
 * What is wrong with an input by the model of its service: what is missing, of another type, out of range, or unknown. Sentences as AWS words them where
 * it does so in public. At most ten.
 */
export function validateInput(model: ServiceModel, shape: string, input: unknown): readonly string[] {
  const problems: string[] = [];
  check({ model, problems }, shape, input, '');
  return problems;
}

interface Validation {
  readonly model: ServiceModel;
  readonly problems: string[];
}

function check(validation: Validation, name: string, value: unknown, path: string): void {
  const shape = validation.model.shapes[name];
  if (shape === undefined) return;
  switch (shape.type) {
    case 'structure':
      return checkStructure(validation, shape, value, path);
    case 'list':
      return checkList(validation, shape, value, path);
    case 'map':
      return checkMap(validation, shape, value, path);
    case 'string':
    case 'blob':
    case 'boolean':
    case 'timestamp':
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return checkScalar(validation, shape, value, path);
  }
}

function checkStructure(validation: Validation, shape: StructureShape, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return complain(validation, value, path, 'Member must be a structure');
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const required of shape.required ?? [])
    if (fields.get(required) === undefined) complain(validation, null, join(path, required), 'Member must not be null');
  for (const [member, given] of fields) {
    const inner = ownEntry(shape.members, member);
    if (inner === undefined) complain(validation, given, join(path, member), `Member is unknown; known are ${Object.keys(shape.members).join(', ')}`);
    else if (given !== undefined) check(validation, inner, given, join(path, member));
  }
}

function checkList(validation: Validation, shape: ListShape, value: unknown, path: string): void {
  if (!Array.isArray(value)) return complain(validation, value, path, 'Member must be a list');
  checkRange(validation, shape, value.length, value, path, 'Member must have length');
  for (const [index, member] of value.entries()) {
    if (validation.problems.length >= MAX_PROBLEMS) return;
    check(validation, shape.member, member, `${path}.${index + 1}.member`);
  }
}

function checkMap(validation: Validation, shape: MapShape, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return complain(validation, value, path, 'Member must be a map');
  const entries = Object.entries(value);
  checkRange(validation, shape, entries.length, value, path, 'Member must have length');
  for (const [key, member] of entries) {
    check(validation, shape.key, key, path);
    check(validation, shape.value, member, join(path, key));
  }
}

function checkScalar(validation: Validation, shape: ScalarShape, value: unknown, path: string): void {
  const expected = TYPES[shape.type];
  if (typeof value !== expected && !(shape.type === 'timestamp' && typeof value === 'string'))
    return complain(validation, value, path, `Member must be a ${shape.type}`);
  if (typeof value === 'number') {
    if ((shape.type === 'integer' || shape.type === 'long') && !Number.isSafeInteger(value))
      complain(validation, value, path, 'Member must be a whole number');
    checkRange(validation, shape, value, value, path, 'Member must have value');
  }
  if (typeof value !== 'string') return;
  checkRange(validation, shape, value.length, value, path, 'Member must have length');
  if (shape.enum !== undefined && !shape.enum.includes(value))
    complain(validation, value, path, `Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
  if (shape.pattern !== undefined && !patternOf(shape.pattern).test(value))
    complain(validation, value, path, `Member must satisfy regular expression pattern: ${shape.pattern}`);
}

function checkRange(
  validation: Validation,
  { min, max }: { readonly min?: number; readonly max?: number },
  measured: number,
  value: unknown,
  path: string,
  what: string,
): void {
  if (min !== undefined && measured < min) complain(validation, value, path, `${what} greater than or equal to ${min}`);
  if (max !== undefined && measured > max) complain(validation, value, path, `${what} less than or equal to ${max}`);
}

function complain({ problems }: Validation, value: unknown, path: string, constraint: string): void {
  if (problems.length >= MAX_PROBLEMS) return;
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
  const shown = value === null || value === undefined ? 'null' : `'${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}'`;
  problems.push(`Value ${shown} at '${path === '' ? 'input' : path}' failed to satisfy constraint: ${constraint}`);
}

function join(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

/** The patterns of the models are Java's, and meant for the whole text. One that cannot be read here holds nothing against anybody. */
function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? compilePattern(pattern, 'su') ?? compilePattern(pattern, 's') ?? ANYTHING;
  patterns.set(pattern, known);
  return known;
}

/** With `u`, as Java reads `\p{L}` and pairs of surrogates; some patterns escape what must not be escaped then. */
function compilePattern(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, flags);
  } catch {
    return undefined;
  }
}

const patterns = new Map<string, RegExp>();
const ANYTHING = /^/;
const TYPES = {
  string: 'string',
  integer: 'number',
  long: 'number',
  double: 'number',
  float: 'number',
  boolean: 'boolean',
  timestamp: 'number',
  blob: 'string',
} as const;
const MAX_PROBLEMS = 10;
/** Characters of a value that is complained of. */
const MOST_SHOWN = 500;
