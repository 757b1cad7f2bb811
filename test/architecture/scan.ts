import { type Token, tokenize } from './tokens.ts';

export interface ImportFound {
  /** What is imported, or undefined when it is computed at run time and cannot be judged. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** A use of something that no import names: `console`, `process.argv`, `Date.now`. */
export interface GlobalFound {
  readonly name: string;
  readonly line: number;
}

export interface Scan {
  readonly imports: readonly ImportFound[];
  readonly globals: readonly GlobalFound[];
}

/** Reads what a module reaches for: every import, export-from, type import, `import()`, `require()`, and the watched globals. */
export function scan(source: string): Scan {
  const tokens = tokenize(source);
  const imports: ImportFound[] = [];
  const globals: GlobalFound[] = [];
  for (const [index, token] of tokens.entries()) {
    const found = importAt(tokens, index);
    if (found !== undefined) imports.push(found);
    const name = globalAt(tokens, index);
    if (name !== undefined) globals.push({ name, line: token.line });
  }
  return { imports, globals };
}

function importAt(tokens: readonly Token[], index: number): ImportFound | undefined {
  const token = tokens[index];
  const next = tokens[index + 1];
  if (token?.kind !== 'word' || isMember(tokens, index)) {
    // `process.getBuiltinModule('fs')` and `import.meta.resolve('…')` are imports by another name.
    return token?.kind === 'word' &&
      (token.text === 'getBuiltinModule' || (token.text === 'resolve' && is(tokens[index - 2], 'meta'))) &&
      is(next, '(')
      ? argument(tokens, index)
      : undefined;
  }
  if ((token.text === 'import' || token.text === 'require') && is(next, '(')) return argument(tokens, index);
  if (token.text === 'import' && next?.kind === 'string') return { specifier: next.text, line: token.line };
  if (token.text === 'import' && !is(next, '.')) return fromClause(tokens, index);
  if (token.text === 'export' && (is(next, '*') || is(next, '{') || is(next, 'type'))) return fromClause(tokens, index);
  return undefined;
}

/** The first argument of a call, when it is a plain string. */
function argument(tokens: readonly Token[], index: number): ImportFound {
  const [value, after] = tokens.slice(index + 2, index + 4);
  const isPlain = value?.kind === 'string' && (is(after, ')') || is(after, ','));
  return { specifier: isPlain ? value.text : undefined, line: tokens[index]?.line ?? 0 };
}

/** `… from 'x'`, if the statement has one: between it and the keyword stand only names, braces, stars and commas. */
function fromClause(tokens: readonly Token[], index: number): ImportFound | undefined {
  for (let at = index + 1; at < tokens.length; at++) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (is(token, 'from') && next?.kind === 'string') return { specifier: next.text, line: tokens[index]?.line ?? 0 };
    const isPartOfClause = token?.kind === 'word' || token?.kind === 'string' || (token !== undefined && '{},*'.includes(token.text));
    if (!isPartOfClause) return undefined;
  }
  return undefined;
}

function globalAt(tokens: readonly Token[], index: number): string | undefined {
  const token = tokens[index];
  if (token === undefined) return undefined;
  const onGlobalThis = is(tokens[index - 2], 'globalThis') || is(tokens[index - 2], 'global');
  if (token.kind === 'string') return is(tokens[index - 1], '[') && onGlobalThis && WATCHED.has(token.text) ? token.text : undefined;
  if (token.kind !== 'word' || !WATCHED.has(token.text)) return undefined;
  if (isMember(tokens, index) && !onGlobalThis) return undefined;
  if (isPropertyName(tokens, index)) return undefined;

  const member = is(tokens[index + 1], '.')
    ? tokens[index + 2]?.text
    : is(tokens[index + 1], '?') && is(tokens[index + 2], '.')
      ? tokens[index + 3]?.text
      : undefined;
  if (token.text === 'process') return member === undefined ? 'process' : `process.${member}`;
  if (token.text === 'Math') return member === 'random' ? 'Math.random' : undefined;
  if (token.text !== 'Date') return token.text;
  if (member === 'now') return 'Date.now';
  const readsClock = is(tokens[index + 1], '(') ? is(tokens[index + 2], ')') || !is(tokens[index - 1], 'new') : is(tokens[index - 1], 'new');
  return readsClock ? 'new Date()' : undefined;
}

/** `x.process`, but not the spread `...process`. */
function isMember(tokens: readonly Token[], index: number): boolean {
  return is(tokens[index - 1], '.') && !is(tokens[index - 2], '.');
}

/** `{ process: … }`, `process?: …` in a type, or `process() {` as a method, none of which reads the global. */
function isPropertyName(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  const opens = before === undefined || is(before, '{') || is(before, ',') || is(before, ';') || is(before, 'readonly') || is(before, '(');
  const next = tokens[index + 1];
  return opens && (is(next, ':') || (is(next, '?') && is(tokens[index + 2], ':')));
}

function is(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind !== 'string' && token.text === text;
}

const WATCHED = new Set([
  'console',
  'process',
  'performance',
  'Date',
  'Math',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'require',
  'eval',
  'Function',
]);
