import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ERROR_CODES } from '@spotproof/core';
import { GENERATED_PAGES } from '../../scripts/docs/pages.ts';
import { ROOT } from '../../scripts/support/workspace.ts';

for (const { file, render } of GENERATED_PAGES) {
  test(`${file} says what the code says`, () => {
    const written = path.join(ROOT, file);

    assert.ok(existsSync(written), `${file} is missing: run \`npm run docs\``);
    assert.equal(readFileSync(written, 'utf8'), render(), `${file} is out of date: run \`npm run docs\``);
  });
}

test('the page of error codes names every code once, and no other', () => {
  const page = readFileSync(path.join(ROOT, 'docs/reference/errors.md'), 'utf8');
  const named = page.match(/SPOTPROOF_[A-Z_]+/g) ?? [];

  assert.deepEqual([...named], Object.keys(ERROR_CODES));
});
