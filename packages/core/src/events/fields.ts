/** Reads named fields of unknown JSON; what is missing or of another type throws {@link MalformedEvent} with its path. */
export class Fields {
  readonly #value: object;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedEvent(path, 'an object', value);
    this.#value = value;
    this.#path = path;
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== 'string' || value === '') throw new MalformedEvent(this.#at(name), 'a text', value);
    return value;
  }

  /** Undefined when it is missing, null or empty: ECS leaves out what it does not know yet. */
  optionalText(name: string): string | undefined {
    const value = this.#get(name);
    return value === undefined || value === null || value === '' ? undefined : this.text(name);
  }

  whole(name: string): number {
    const value = this.#get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw new MalformedEvent(this.#at(name), 'a whole number of 0 or more', value);
    return value;
  }

  /** An ISO 8601 instant as epoch milliseconds. */
  instant(name: string): number {
    const at = Date.parse(this.text(name));
    if (Number.isNaN(at)) throw new MalformedEvent(this.#at(name), 'an ISO 8601 time', this.#get(name));
    return at;
  }

  optionalInstant(name: string): number | undefined {
    return this.optionalText(name) === undefined ? undefined : this.instant(name);
  }

  object(name: string): Fields {
    return new Fields(this.#get(name), this.#at(name));
  }

  /** Empty when it is missing. */
  objects(name: string): readonly Fields[] {
    return this.#list(name).map((value, index) => new Fields(value, `${this.#at(name)}[${index}]`));
  }

  /** Empty when it is missing. */
  texts(name: string): readonly string[] {
    return this.#list(name).map((value, index) => {
      if (typeof value !== 'string') throw new MalformedEvent(`${this.#at(name)}[${index}]`, 'a text', value);
      return value;
    });
  }

  /** The first text of the list that has `part` in it. */
  textWith(name: string, part: string, expected: string): string {
    const found = this.texts(name).find((text) => text.includes(part));
    if (found === undefined) throw new MalformedEvent(this.#at(name), expected, this.#get(name));
    return found;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new MalformedEvent(this.#at(name), 'a list', value);
    return value;
  }

  #get(name: string): unknown {
    // An own property only: the JSON may come from anywhere.
    return Object.getOwnPropertyDescriptor(this.#value, name)?.value;
  }

  #at(name: string): string {
    return `${this.#path}.${name}`;
  }
}

export class MalformedEvent extends Error {
  constructor(path: string, expected: string, got: unknown) {
    super(`${path} must be ${expected}, got ${describe(got)}`);
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

const MAX_SHOWN = 80;
