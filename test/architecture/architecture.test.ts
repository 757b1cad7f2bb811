import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT, ownFiles } from '../../scripts/support/workspace.ts';
import { checkArchitecture } from './check.ts';
import { RULES } from './rules.ts';

test('the source keeps to the arrows between the rooms', () => {
  const paths = ownFiles('packages').filter((file) => /^packages\/[^/]+\/(?:src|bin)\/.*\.(?:ts|js)$/.test(file));
  const files = new Map(paths.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));

  const offences = checkArchitecture(files, RULES);

  assert.ok(files.size > 20, `only ${files.size} source files were found`);
  assert.deepEqual(
    offences.map(({ file, line, message }) => `${file}:${line} ${message}`),
    [],
  );
});

test('every row of the rules speaks about a package that exists', () => {
  const folders = new Set(ownFiles('packages').map((file) => file.split('/')[1]));

  assert.deepEqual(
    Object.keys(RULES).filter((folder) => !folders.has(folder)),
    [],
  );
});
