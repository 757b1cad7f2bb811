/** One token of a module's source. Comments, white space and the text of templates are left out. */
export interface Token {
  readonly kind: 'word' | 'string' | 'punctuation';
  /** A word as written, a string without its quotes, or one character of punctuation. */
  readonly text: string;
  readonly line: number;
}

/**
 * Cuts TypeScript into the tokens that the architecture rules need. It is no parser: it only must never take what stands in a comment,
 * a string, a template or a regular expression for code, nor code for one of those.
 */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** Depth of braces at which each open `${` of a template ends. */
  const templates: number[] = [];
  let depth = 0;
  let line = 1;
  let at = 0;

  const skipTo = (end: number): void => {
    for (; at < end; at++) if (source[at] === '\n') line++;
  };
  const push = (kind: Token['kind'], text: string): void => void tokens.push({ kind, text, line });

  while (at < source.length) {
    const rest = at + 1 < source.length ? source[at + 1] : '';
    const character = source[at] ?? '';
    if (/\s/.test(character)) skipTo(at + 1);
    else if (character === '/' && rest === '/') skipTo(endOf(source, '\n', at));
    else if (character === '/' && rest === '*') skipTo(endOf(source, '*/', at + 2) + 2);
    else if (character === '#' && rest === '!' && at === 0) skipTo(endOf(source, '\n', at));
    else if (character === "'" || character === '"') {
      const end = endOfQuoted(source, at + 1, character);
      push('string', source.slice(at + 1, end));
      skipTo(end + 1);
    } else if (character === '`' || (character === '}' && templates.at(-1) === depth)) {
      if (character === '}') templates.pop();
      const end = endOfTemplatePart(source, at + 1);
      const whole = character === '`' && source[end] === '`';
      if (whole) push('string', source.slice(at + 1, end));
      if (source[end] === '$') {
        templates.push(depth);
        skipTo(end + 2);
      } else skipTo(end + 1);
    } else if (character === '/' && isRegularExpressionAfter(tokens)) {
      // A word stands for the literal, so that the next `/` is read as a division.
      push('word', '/regex/');
      skipTo(endOfRegularExpression(source, at + 1));
    } else {
      const word = /[\p{ID_Start}$_\d#][\p{ID_Continue}$\u200c\u200d]*/uy;
      word.lastIndex = at;
      const match = word.exec(source)?.[0];
      if (match === undefined) {
        if (character === '{') depth++;
        if (character === '}') depth--;
        push('punctuation', character);
        skipTo(at + 1);
      } else {
        push('word', match);
        skipTo(at + match.length);
      }
    }
  }
  return tokens;
}

/** A `/` begins a regular expression where a value is expected, and divides after one. */
function isRegularExpressionAfter(tokens: readonly Token[]): boolean {
  const before = tokens.at(-1);
  if (before === undefined) return true;
  if (before.kind === 'string') return false;
  if (before.kind === 'word') return VALUE_FOLLOWS.has(before.text);
  return before.text !== ')' && before.text !== ']' && before.text !== '}';
}

const VALUE_FOLLOWS = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'else',
  'do',
  'await',
  'yield',
  'instanceof',
]);

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end === -1 ? source.length : end;
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let at = from;
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
  return at;
}

/** Where the template's text stops: at its closing backtick or at the `$` of the next `${`. */
function endOfTemplatePart(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== '`' && !(source[at] === '$' && source[at + 1] === '{')) at += source[at] === '\\' ? 2 : 1;
  return at;
}

function endOfRegularExpression(source: string, from: number): number {
  let at = from;
  let inClass = false;
  while (at < source.length && source[at] !== '\n' && (inClass || source[at] !== '/')) {
    if (source[at] === '\\') at++;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    at++;
  }
  at++;
  while (/[a-z]/.test(source[at] ?? '')) at++;
  return at;
}
