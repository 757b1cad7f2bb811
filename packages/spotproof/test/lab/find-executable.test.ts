import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { findExecutable } from '../../src/lab/tasks/find-executable.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-path-'));
mkdirSync(path.join(folder, 'bin'));
writeFileSync(path.join(folder, 'bin', 'tool'), '#!/bin/sh\n', { mode: 0o755 });
writeFileSync(path.join(folder, 'bin', 'text'), 'no program', { mode: 0o644 });
after(() => rmSync(folder, { recursive: true }));

const search = { cwd: folder, searchPath: path.join(folder, 'bin') };

describe('findExecutable', () => {
  it('takes the first program of that name in PATH', () => {
    assert.deepEqual(findExecutable('tool', search), { found: true, file: path.join(folder, 'bin', 'tool') });
  });

  it('takes a name with a slash from the working directory, not from PATH', () => {
    assert.deepEqual(findExecutable('bin/tool', { cwd: folder, searchPath: '/nowhere' }), { found: true, file: path.join(folder, 'bin', 'tool') });
  });

  it('tells a file that may not be run from one that is not there', () => {
    assert.deepEqual(findExecutable('text', search), { found: false, why: 'not-executable', file: path.join(folder, 'bin', 'text') });
    assert.deepEqual(findExecutable('nothing', search), { found: false, why: 'missing', file: 'nothing' });
  });

  it('does not take a folder for a program', () => {
    assert.deepEqual(findExecutable('bin', { cwd: folder, searchPath: folder }), { found: false, why: 'missing', file: 'bin' });
  });

  it('passes over an entry of PATH that cannot be looked into', () => {
    const loop = path.join(folder, 'loop');
    symlinkSync(loop, loop);

    assert.equal(findExecutable('tool', { ...search, searchPath: [loop, search.searchPath].join(path.delimiter) }).found, true);
  });
});
