// `npm run docs`: writes the pages of docs/reference/ that are made from code. A test compares them.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GENERATED_PAGES } from './docs/pages.ts';
import { ROOT } from './support/workspace.ts';

parseArgs({ options: {}, strict: true });
for (const { file, render } of GENERATED_PAGES) {
  mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
  writeFileSync(path.join(ROOT, file), render());
  console.log(`wrote ${file}`);
}
