import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG_FILES, selectTests, shelfOf } from '../../scripts/gate/shelves.ts';
import { ownFiles } from '../../scripts/support/workspace.ts';

test('the suffix of a file name puts a test on its shelf', () => {
  const shelves = [
    'a/b.test.ts',
    'a/b.process.test.ts',
    'a/b.lab.test.ts',
    'a/b.packed.test.ts',
    'a/b.contract.test.ts',
    'a/b.ts',
    'a/test/latest.ts',
  ].map(shelfOf);

  assert.deepEqual(shelves, ['pure', 'process', 'lab', 'packed', 'contract', 'not-a-test', 'not-a-test']);
});

test('a mistyped shelf is refused instead of running as something else', () => {
  assert.throws(() => selectTests(['a/b.proces.test.ts'], { filters: [], shelves: [] }), /a\/b\.proces\.test\.ts names no shelf/);
  assert.throws(() => selectTests(['a/b.x.process.test.ts'], { filters: [], shelves: [] }), /names no shelf/);
});

test('a shelf that does not exist is refused by name', () => {
  assert.throws(() => selectTests([], { filters: [], shelves: ['labs'] }), /no shelf "labs"/);
});

test('filters are parts of paths, several of them widen the choice, and shelves narrow it', () => {
  const files = ['core/one.test.ts', 'core/two.lab.test.ts', 'world/one.test.ts', 'README.md'];
  const chosen = (filters: readonly string[], shelves: readonly string[]): readonly string[] =>
    selectTests(files, { filters, shelves }).map(({ file }) => file);

  assert.deepEqual(chosen([], []), ['core/one.test.ts', 'core/two.lab.test.ts', 'world/one.test.ts']);
  assert.deepEqual(chosen(['one'], []), ['core/one.test.ts', 'world/one.test.ts']);
  assert.deepEqual(chosen(['core/one', 'two'], []), ['core/one.test.ts', 'core/two.lab.test.ts']);
  assert.deepEqual(chosen([], ['lab']), ['core/two.lab.test.ts']);
  assert.deepEqual(chosen(['nothing'], []), []);
});

test('long files come first, in their own order, and each of them exists', () => {
  const files = ['a/one.test.ts', ...LONG_FILES.toReversed(), 'z/two.lab.test.ts'];
  const selected = selectTests(files, { filters: [], shelves: [] }).map(({ file }) => file);
  const own = ownFiles();

  assert.deepEqual(selected, [...LONG_FILES, 'a/one.test.ts', 'z/two.lab.test.ts']);
  assert.deepEqual(
    LONG_FILES.filter((file) => !own.includes(file)),
    [],
  );
});
