import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT, ownFiles } from '../../scripts/support/workspace.ts';

test('every name that a page imports from one of our packages is exported there', async () => {
  const pages = ownFiles().filter((file) => file.endsWith('.md'));
  const imported = pages.flatMap((page) => importsOf(readFileSync(path.join(ROOT, page), 'utf8')).map((one) => ({ page, ...one })));
  const known = new Map<string, ReadonlySet<string>>();
  for (const door of new Set(imported.map(({ door: each }) => each))) known.set(door, await namesOf(door));

  assert.ok(imported.length > 30, `only ${imported.length} imports were found`);
  assert.deepEqual(
    imported.filter(({ door, name }) => known.get(door)?.has(name) !== true).map(({ page, door, name }) => `${page} imports ${name} from ${door}`),
    [],
  );
});

test('imports over several lines, renamed ones and those of others are told apart', () => {
  const markdown = "```js\nimport { a,\n  b as c } from '@spotproof/state';\nimport { d } from 'other';\nimport '@spotproof/runtime/auto';\n```";

  assert.deepEqual(importsOf(markdown), [
    { door: '@spotproof/state', name: 'a' },
    { door: '@spotproof/state', name: 'b' },
  ]);
});

function importsOf(markdown: string): readonly { readonly door: string; readonly name: string }[] {
  return [...markdown.matchAll(/^(?:import|export) \{(?<names>[^}]*)\} from '(?<door>@spotproof\/[^']+)'/gm)].flatMap(({ groups }) =>
    (groups?.['names'] ?? '')
      .split(',')
      .map((name) => name.trim().replace(/ as .*$/s, ''))
      .filter((name) => name !== '')
      .map((name) => ({ door: groups?.['door'] ?? '', name })),
  );
}

/** Nothing for a door that there is not. */
async function namesOf(door: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(Object.keys((await import(door)) as object));
  } catch {
    return new Set();
  }
}
