export interface Link {
  /** As written, such as `../guides/deploy.md#health`. */
  readonly target: string;
  readonly line: number;
}

/** Links and pictures of a page, outside of code. */
export function linksOf(markdown: string): readonly Link[] {
  return withoutCode(markdown)
    .split('\n')
    .flatMap((text, index) => {
      const inline = [...text.matchAll(/\]\(\s*<?(?<target>[^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
      const references = [...text.matchAll(/^\s*\[[^\]]+\]:\s*<?(?<target>[^\s>]+)>?/g)];
      return [...inline, ...references].map((match) => ({ target: match.groups?.['target'] ?? '', line: index + 1 }));
    });
}

/** The anchors that GitHub gives to a page's headings, and those it sets itself. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const text = withoutFences(markdown);
  for (const match of text.matchAll(/^#{1,6}\s+(?<heading>.+?)\s*#*$/gm)) {
    const slug = slugOf(match.groups?.['heading'] ?? '');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  for (const match of text.matchAll(/<a\s+(?:id|name)="(?<id>[^"]+)"/g)) anchors.add(match.groups?.['id'] ?? '');
  return anchors;
}

/** Names of the npm scripts that a page tells its reader to run. */
export function npmScriptsOf(markdown: string): readonly string[] {
  const named = [...markdown.matchAll(/\bnpm (?:run (?:-\S+ )*(?<run>[\w:-]+)|(?<test>test)\b)/g)];
  return named.map((match) => match.groups?.['run'] ?? match.groups?.['test'] ?? '');
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/!?\[(?<text>[^\]]*)\]\([^)]*\)/g, '$<text>')
    .replaceAll(/[`*]/g, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, '');
}

/** Keeps the number of lines, so that what is found has its right line. */
function withoutFences(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split('\n')
    .map((line) => {
      const mark = /^\s*(?<mark>`{3,}|~{3,})/.exec(line)?.groups?.['mark'];
      if (fence === undefined && mark === undefined) return line;
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence) === true) fence = undefined;
      return '';
    })
    .join('\n');
}
