import type { Adjustment } from '@spotproof/world';
import { CloudFault } from '../wire/fault.ts';
import type { AlarmRequest, CapacityRequest, InterruptRequest, ReclaimRequest } from './control.ts';

/** The bodies of the control endpoint, read from JSON. Each function throws a `CloudFault` for the first field that cannot be. */

export function readInterrupt(body: unknown): InterruptRequest {
  const fields = fieldsOf(body, ['cluster', 'service', 'zone', 'count', 'tasks']);
  const count = fields.get('count');
  const tasks = fields.get('tasks');
  if (count !== undefined && count !== 'all' && !isWhole(count)) throw wrong('count', 'a whole number or "all"', count);
  if (tasks !== undefined && !isTexts(tasks)) throw wrong('tasks', 'a list of task ids or ARNs', tasks);
  return { ...where(fields), ...(count === undefined ? {} : { count }), ...(tasks === undefined ? {} : { tasks }) };
}

export function readCapacity(body: unknown): CapacityRequest {
  const fields = fieldsOf(body, ['cluster', 'provider', 'zone', 'launches']);
  const launches = fields.get('launches');
  if (launches !== null && !isWhole(launches)) throw wrong('launches', 'a whole number, or null for no limit', launches);
  return { ...where(fields), ...text(fields, 'provider'), launches };
}

export function readReclaim(body: unknown): ReclaimRequest {
  const fields = fieldsOf(body, ['cluster', 'service', 'zone', 'share', 'withinMs']);
  const share = fields.get('share');
  const withinMs = fields.get('withinMs');
  if (typeof share !== 'number') throw wrong('share', 'a number from 0 to 1', share);
  if (!isWhole(withinMs)) throw wrong('withinMs', 'a whole number', withinMs);
  return { ...where(fields), share, withinMs };
}

export function readAlarm(body: unknown): AlarmRequest {
  const fields = fieldsOf(body, ['cluster', 'service', 'direction', 'adjustment']);
  const { service } = text(fields, 'service');
  const direction = fields.get('direction');
  if (service === undefined) throw wrong('service', 'the name of a service', undefined);
  if (direction !== 'out' && direction !== 'in') throw wrong('direction', '"out" or "in"', direction);
  return { ...text(fields, 'cluster'), service, direction, adjustment: readAdjustment(fields.get('adjustment')) };
}

function readAdjustment(value: unknown): Adjustment {
  const fields = new Map<string, unknown>(Object.entries(Object(value)));
  const [kind, tasks, percent] = [fields.get('kind'), fields.get('tasks'), fields.get('percent')];
  if ((kind === 'change' || kind === 'exact') && typeof tasks === 'number') return { kind, tasks };
  if (kind === 'percent' && typeof percent === 'number') return { kind, percent };
  throw wrong('adjustment', '{"kind":"change","tasks":1}, {"kind":"exact","tasks":3} or {"kind":"percent","percent":50}', value);
}

type Fields = ReadonlyMap<string, unknown>;

function fieldsOf(body: unknown, known: readonly string[]): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrong('body', 'an object', body);
  const fields = new Map<string, unknown>(Object.entries(body));
  for (const name of fields.keys()) if (!known.includes(name)) throw wrong('body', `an object with ${known.join(', ')}`, name);
  return fields;
}

function where(fields: Fields): { readonly cluster?: string; readonly service?: string; readonly zone?: string } {
  return { ...text(fields, 'cluster'), ...text(fields, 'service'), ...text(fields, 'zone') };
}

function text<Name extends string>(fields: Fields, name: Name): { readonly [Key in Name]?: string } {
  const value = fields.get(name);
  if (value === undefined) return {};
  if (typeof value !== 'string') throw wrong(name, 'a text', value);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name widens to string
  return { [name]: value } as { readonly [Key in Name]?: string };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function wrong(name: string, expected: string, got: unknown): CloudFault {
  return new CloudFault('ValidationException', `${name} must be ${expected}, got ${JSON.stringify(got) ?? 'nothing'}.`);
}
