/**
 * Template tag for the page's own HTML: escapes every value that is not HTML itself; lists are joined; `false` and `undefined` are nothing. The report has
 * `markup` for the same; this one is a single function without anything beside it, because its text goes into the page.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  const textOf = (value: HtmlValue): string => {
    if (value === undefined || value === false) return '';
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
    if ('html' in value) return value.html;
    return value.map(textOf).join('');
  };
  return { html: strings.map((part, index) => (index === 0 ? part : textOf(values[index - 1]) + part)).join('') };
}

export interface Html {
  readonly html: string;
}

export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];
