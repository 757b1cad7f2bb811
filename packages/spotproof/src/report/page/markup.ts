/** Markup that is safe to put into a page: only {@link markup} makes it, and that escapes every value that is not markup itself. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type MarkupValue = Markup | string | number | false | undefined | readonly MarkupValue[];

/** Template tag for HTML and SVG. Values are escaped for text and for quoted attributes; lists are joined; `false` and `undefined` are nothing. */
export function markup(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(strings.map((part, index) => (index === 0 ? part : `${textOf(values[index - 1])}${part}`)).join(''));
}

/** JSON for a `<script type="application/json">`: nothing in it can end the element. */
export function embeddedJson(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function textOf(value: MarkupValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'number') return String(value);
  return value.map(textOf).join('');
}

function escape(text: string): string {
  // Control characters are not allowed in a page; a task may well have printed some.
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[&<>"'\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, (character) => ESCAPES[character] ?? '\uFFFD');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
