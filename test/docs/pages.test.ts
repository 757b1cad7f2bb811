import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT, ownFiles } from '../../scripts/support/workspace.ts';
import { anchorsOf, linksOf, npmScriptsOf } from './markdown.ts';

const pages = ownFiles().filter((file) => file.endsWith('.md'));

test('every link between our pages leads to a file and a heading that exist', () => {
  const broken = pages.flatMap((page) =>
    linksOf(read(page))
      .filter(({ target }) => !/^(?:[a-z]+:|\/\/)/i.test(target) && !leadsSomewhere(page, target))
      .map(({ target, line }) => `${page}:${line} ${target}`),
  );

  assert.ok(pages.length > 5, `only ${pages.length} pages were found`);
  assert.deepEqual(broken, []);
});

test('every npm script that a page about this repository names exists', () => {
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));
  // Guides tell users about their own projects, whose scripts are theirs.
  const ours = pages.filter((page) => !page.startsWith('docs/guides/'));
  const missing = ours.flatMap((page) =>
    npmScriptsOf(read(page))
      .filter((name) => !(name in scripts))
      .map((name) => `${page} npm run ${name}`),
  );

  assert.deepEqual(missing, []);
});

test('every npm script starts a file that exists', () => {
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));
  const files = Object.values(scripts).flatMap((script) => {
    const [, file, name] = /^node (scripts\/[\w.-]+)(?: (\w+))?$/.exec(script) ?? [];
    return [...(file === undefined ? [] : [file]), ...(name === undefined ? [] : [`scripts/${name}.ts`])];
  });

  assert.deepEqual(
    files.filter((file) => !existsSync(path.join(ROOT, file))),
    [],
  );
});

test('a broken link, a missing heading and an unknown script are seen, and code is not read for links', () => {
  const markdown =
    '# One `two` (three)\n\n## Same\n## Same\n[a](b.md) ![p](<c d.png>) [e](#f "title")\n[r]: g.md\n```\n[no](no.md)\n# no\n```\n`[no](no.md)`\nnpm run demo, `npm test`, npm run -s bench -- x';

  assert.deepEqual(linksOf(markdown), [
    { target: 'b.md', line: 5 },
    { target: '#f', line: 5 },
    { target: 'g.md', line: 6 },
  ]);
  assert.deepEqual([...anchorsOf(markdown)], ['one-two-three', 'same', 'same-1']);
  assert.deepEqual(npmScriptsOf(markdown), ['demo', 'test', 'bench']);
  assert.equal(leadsSomewhere('README.md', 'package.json'), true);
  assert.equal(leadsSomewhere('README.md', 'missing.md'), false);
  assert.equal(leadsSomewhere('CONTRIBUTING.md', '#no-such-heading'), false);
});

function leadsSomewhere(page: string, target: string): boolean {
  const [name = '', anchor] = decodeURIComponent(target).split('#');
  const file = name === '' ? page : path.posix.join(path.posix.dirname(page), name);
  if (!existsSync(path.join(ROOT, file))) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(read(file)).has(anchor);
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}
