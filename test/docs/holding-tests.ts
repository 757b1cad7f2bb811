import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { HoldingTest } from '../../scripts/docs/feature-matrix.ts';
import { ROOT } from '../../scripts/support/workspace.ts';

/** What is wrong with a test that a page names: it is not there, or is called otherwise now. */
export function missing({ file, title }: HoldingTest): readonly string[] {
  if (!existsSync(path.join(ROOT, file))) return [`${file} does not exist`];
  const titles = [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(/\btest\(\s*(?<title>['"`].+)/g)].map(
    (match) => match.groups?.['title'] ?? '',
  );
  return titles.some((one) => one.includes(title)) ? [] : [`no test of ${file} is called "${title}"`];
}
