import { SpotproofError } from '@spotproof/core';
import type { Range } from './request-spec.ts';

interface Limits {
  readonly min: number;
  readonly max: number;
}

/** A value of a JSON document together with where it stands, so that whatever is wrong with it can be said exactly. */
export class Field {
  readonly value: unknown;
  readonly #source: string;
  readonly #path: readonly (string | number)[];

  private constructor(value: unknown, source: string, path: readonly (string | number)[]) {
    this.value = value;
    this.#source = source;
    this.#path = path;
  }

  static parse(text: string, source: string): Field {
    try {
      return new Field(JSON.parse(text.replace(/^\ufeff/, '')), source, []);
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      throw new SpotproofError(
        'SPOTPROOF_CONFIG_INVALID',
        `${source}: expected JSON, got text that is not: ${got}. Correct it there; comments and trailing commas are not JSON.`,
        {
          details: { source, expected: 'JSON', got },
          cause: error,
        },
      );
    }
  }

  get isText(): boolean {
    return typeof this.value === 'string';
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  text(expected: string, lengths: Limits): string {
    if (typeof this.value !== 'string') throw this.error(expected, 'Put it in double quotes.');
    if (this.value.length < lengths.min || this.value.length > lengths.max)
      throw this.error(`${expected} of ${lengths.min} to ${lengths.max} characters`, 'Change its length.');
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.error('true or false', 'Write true or false, without quotes.');
    return this.value;
  }

  number(expected: string, fits: (value: number) => boolean): number {
    if (typeof this.value !== 'number' || !fits(this.value)) throw this.error(expected, 'Write such a number, without quotes.');
    return this.value;
  }

  whole(limits: Limits): number {
    return this.number(
      `a whole number from ${limits.min} to ${limits.max}`,
      (value) => Number.isInteger(value) && value >= limits.min && value <= limits.max,
    );
  }

  /** A list of two whole numbers, or one that stands for both. */
  range(limits: Limits): Range {
    if (!Array.isArray(this.value)) {
      const both = this.number(
        `a whole number from ${limits.min} to ${limits.max}, or a range of two such as [${limits.min}, ${limits.max}]`,
        (value) => Number.isInteger(value) && value >= limits.min && value <= limits.max,
      );
      return [both, both];
    }
    const [first, second] = this.items('a range of two numbers', { min: 2, max: 2 });
    if (first === undefined || second === undefined) throw this.error('a range of two numbers', 'Write [min, max].');
    const range: Range = [first.whole(limits), second.whole(limits)];
    if (range[0] > range[1]) throw this.error('a range whose first number is not above its second', `Write [${range[1]}, ${range[0]}].`);
    return range;
  }

  items(expected: string, lengths: Limits): Field[] {
    if (!Array.isArray(this.value)) throw this.error(expected, 'Put it in square brackets.');
    const values: readonly unknown[] = this.value;
    if (values.length < lengths.min || values.length > lengths.max) {
      throw this.error(
        `${expected}${lengths.min === lengths.max ? '' : ` with ${lengths.min} to ${lengths.max} entries`}`,
        'Change the number of entries.',
      );
    }
    return values.map((value, index) => this.#child(value, index));
  }

  /** The members of an object that may have these and no others. */
  members(expected: string, known: readonly string[]): Map<string, Field> {
    const members = this.anyMembers(expected);
    for (const [name, field] of members) {
      if (!known.includes(name)) throw field.error(`one of the fields ${known.join(', ')}`, fixForUnknown(name, known), JSON.stringify(name));
    }
    return new Map(members);
  }

  anyMembers(expected: string): [string, Field][] {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) throw this.error(expected, 'Put it in curly brackets.');
    return Object.entries(this.value).map(([name, value]) => [name, this.#child(value, name)]);
  }

  missing(name: string, expected: string, fix: string): SpotproofError {
    return this.#child(undefined, name).error(expected, fix);
  }

  /**
   * @param fix What to do, as a sentence.
   * @param got What came, where that is not the value.
   */
  error(expected: string, fix: string, got = describe(this.value)): SpotproofError {
    const [entry, ...field] = this.#path;
    const place =
      entry === undefined
        ? ''
        : `: entry ${entry}${
            field.length === 0
              ? ''
              : `, ${field
                  .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
                  .join('')
                  .replace(/^\./, '')}`
          }`;
    return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${this.#source}${place}: expected ${expected}, got ${got}. ${fix}`, {
      details: {
        source: this.#source,
        entry: typeof entry === 'number' ? entry : null,
        field: field.length === 0 ? null : field.join('.'),
        expected,
        got,
        fix,
      },
    });
  }

  #child(value: unknown, step: string | number): Field {
    return new Field(value, this.#source, [...this.#path, step]);
  }
}

/** Names the nearest known field when the unknown one looks like a slip of the keyboard. */
function fixForUnknown(name: string, known: readonly string[]): string {
  const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const near = known.find(
    (other) => bare(other) === bare(name) || (bare(name).length >= 3 && (bare(other).startsWith(bare(name)) || bare(name).startsWith(bare(other)))),
  );
  return near === undefined ? 'Remove it or correct its name.' : `Write "${near}" if that is meant, or remove it.`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
