/** Conditions and updates of DynamoDB as far as a store of claims uses them: AND, OR, comparisons, attribute_exists; SET with + and -, REMOVE. */

export type FakeValue = { readonly S: string } | { readonly N: string } | { readonly B: string };
export type FakeItem = Readonly<Record<string, FakeValue>>;

export interface Placeholders {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, FakeValue>> | undefined;
}

export class InvalidExpression extends Error {}

/** Refused like DynamoDB does: a placeholder that no expression uses. */
export function checkUsed(expressions: readonly (string | undefined)[], { names = {}, values = {} }: Placeholders): void {
  const used = new Set(expressions.flatMap((expression) => (expression === undefined ? [] : tokensOf(expression))));
  for (const name of Object.keys(names))
    if (!used.has(name)) throw new InvalidExpression(`Value provided in ExpressionAttributeNames unused: ${name}`);
  for (const value of Object.keys(values))
    if (!used.has(value)) throw new InvalidExpression(`Value provided in ExpressionAttributeValues unused: ${value}`);
}

/** Refused before any condition is looked at: an update that writes an attribute twice. */
export function checkPaths(update: string, { names = {} }: Placeholders): void {
  const [sets = '', removes = ''] = update.split(/\bREMOVE\b/);
  const paths = [...[...sets.matchAll(/([#\w]+)\s*=/g)].map(([, path = '']) => path), ...(removes.match(/[#\w]+/g) ?? [])].map(
    (path) => names[path] ?? path,
  );
  if (new Set(paths).size < paths.length) throw new InvalidExpression('Two document paths overlap with each other');
}

export function holds(expression: string, item: FakeItem, placeholders: Placeholders): boolean {
  const parser = new Parser(expression, placeholders);
  const result = parser.either(item);
  parser.end();
  return result;
}

/** Right-hand sides see the item as it was. */
export function updated(expression: string, item: FakeItem, placeholders: Placeholders): FakeItem {
  const parser = new Parser(expression, placeholders);
  const changed: Record<string, FakeValue> = { ...item };
  while (!parser.isOver()) {
    if (parser.takes('SET')) {
      do {
        const name = parser.name();
        parser.expect('=');
        changed[name] = parser.sum(item);
      } while (parser.takes(','));
    } else {
      parser.expect('REMOVE');
      do delete changed[parser.name()];
      while (parser.takes(','));
    }
  }
  return changed;
}

export function namesOf(list: string, { names = {} }: Placeholders): readonly string[] {
  return list.split(',').map((name) => names[name.trim()] ?? name.trim());
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, FakeValue>>;
  #at = 0;

  constructor(expression: string, { names = {}, values = {} }: Placeholders) {
    this.#tokens = tokensOf(expression);
    this.#names = names;
    this.#values = values;
  }

  either(item: FakeItem): boolean {
    let result = this.#both(item);
    while (this.takes('OR')) result = this.#both(item) || result;
    return result;
  }

  sum(item: FakeItem): FakeValue {
    let result = this.#operand(item);
    for (;;) {
      const sign = this.takes('+') ? 1 : this.takes('-') ? -1 : 0;
      if (result === undefined) throw new InvalidExpression('The provided expression refers to an attribute that does not exist in the item');
      if (sign === 0) return result;
      const other = this.#operand(item);
      if (other === undefined || !('N' in result) || !('N' in other))
        throw new InvalidExpression('An operand in the update expression has an incorrect data type');
      result = { N: String(Number(result.N) + sign * Number(other.N)) };
    }
  }

  name(): string {
    const token = this.#next();
    if (!token.startsWith('#')) return token;
    const name = this.#names[token];
    if (name === undefined) throw new InvalidExpression(`An expression attribute name used in the document path is not defined: ${token}`);
    return name;
  }

  takes(word: string): boolean {
    if (this.#tokens[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  expect(word: string): void {
    if (!this.takes(word)) throw new InvalidExpression(`Expected ${word}, got ${this.#tokens[this.#at] ?? 'the end'}`);
  }

  isOver(): boolean {
    return this.#at >= this.#tokens.length;
  }

  end(): void {
    if (!this.isOver()) throw new InvalidExpression(`Syntax error at ${this.#tokens[this.#at] ?? ''}`);
  }

  #both(item: FakeItem): boolean {
    let result = this.#one(item);
    while (this.takes('AND')) result = this.#one(item) && result;
    return result;
  }

  #one(item: FakeItem): boolean {
    if (this.takes('(')) {
      const result = this.either(item);
      this.expect(')');
      return result;
    }
    for (const [word, wanted] of [
      ['attribute_exists', true],
      ['attribute_not_exists', false],
    ] as const) {
      if (!this.takes(word)) continue;
      this.expect('(');
      const name = this.name();
      this.expect(')');
      return name in item === wanted;
    }
    const left = this.#operand(item);
    const operator = this.#next();
    return compare(left, operator, this.#operand(item));
  }

  #operand(item: FakeItem): FakeValue | undefined {
    if (!(this.#tokens[this.#at] ?? '').startsWith(':')) return item[this.name()];
    const token = this.#next();
    const value = this.#values[token];
    if (value === undefined) throw new InvalidExpression(`An expression attribute value used in expression is not defined: ${token}`);
    return value;
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new InvalidExpression('The expression ends too early');
    this.#at += 1;
    return token;
  }
}

/** What is not there equals nothing, and is neither less nor more. */
function compare(left: FakeValue | undefined, operator: string, right: FakeValue | undefined): boolean {
  if (operator === '<>') return !compare(left, '=', right);
  if (left === undefined || right === undefined || Object.keys(left)[0] !== Object.keys(right)[0]) return false;
  const order = 'N' in left && 'N' in right ? Number(left.N) - Number(right.N) : Buffer.compare(bytesOf(left), bytesOf(right));
  const outcomes: Readonly<Record<string, boolean>> = { '=': order === 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 };
  const outcome = outcomes[operator];
  if (outcome === undefined) throw new InvalidExpression(`Syntax error at ${operator}`);
  return outcome;
}

function bytesOf(value: FakeValue): Buffer {
  return 'B' in value ? Buffer.from(value.B, 'base64') : Buffer.from('S' in value ? value.S : value.N);
}

function tokensOf(expression: string): readonly string[] {
  return expression.match(/[#:]?\w+|<>|<=|>=|[=<>(),+-]/g) ?? [];
}
