import type { ServiceModel } from './service-model.ts';

/**
 * The part of a handler's answer that the model knows, with instants as `writeInstant` writes them. What is undefined is left out.
 */
export function shapeOutput(model: ServiceModel, name: string, value: unknown, writeInstant: (at: Date) => unknown): unknown {
  const shape = model.shapes[name];
  if (shape === undefined || value === undefined || value === null) return undefined;
  switch (shape.type) {
    case 'structure': {
      const fields = new Map<string, unknown>(Object.entries(value));
      const members = Object.entries(shape.members).map(
        ([member, inner]) => [member, shapeOutput(model, inner, fields.get(member), writeInstant)] as const,
      );
      return Object.fromEntries(members.filter(([, shaped]) => shaped !== undefined));
    }
    case 'list':
      return Array.isArray(value) ? value.map((member) => shapeOutput(model, shape.member, member, writeInstant)) : undefined;
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOutput(model, shape.value, member, writeInstant)]));
    case 'timestamp':
      return value instanceof Date ? writeInstant(value) : undefined;
    case 'string':
    case 'blob':
    case 'boolean':
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return value;
  }
}
