/** What an AWS service takes and gives, as far as it is served here: made from its public model. */
export interface ServiceModel {
  /** Names of the shapes of input and output; null for none. */
  readonly operations: Readonly<Record<string, readonly (string | null)[]>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** What a table made by hand has under a name that came from outside: nothing under `constructor`. */
export function ownEntry<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

export type Shape = StructureShape | ListShape | MapShape | ScalarShape;

export interface StructureShape {
  readonly type: 'structure';
  readonly members: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
}

export interface ListShape {
  readonly type: 'list';
  readonly member: string;
  readonly flattened?: boolean;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly type: 'map';
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

export interface ScalarShape {
  readonly type: 'string' | 'integer' | 'long' | 'double' | 'float' | 'boolean' | 'timestamp' | 'blob';
  /** Of a number its range, of a text its length. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}
