import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/workspace.ts';

interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

for (const file of ['package-lock.json', 'bench/package-lock.json']) {
  // npm leaves out of a new lockfile what its registry could not deliver, and `npm ci` then refuses that lockfile on every machine.
  test(`${file} names the programs of every platform, not only of the one that wrote it`, () => {
    const { packages } = read(file);
    const missing = Object.entries(packages).flatMap(([folder, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter((name) => packages[`${folder}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined)
        .map((name) => `${folder} wants ${name}`),
    );

    assert.deepEqual(missing, []);
  });

  test(`${file} comes from a package.json that pins every version exactly`, () => {
    const root = read(file).packages[''];
    const ranges = Object.entries({ ...root?.dependencies, ...root?.devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));

    assert.deepEqual(ranges, []);
  });
}

function read(file: string): Lockfile {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
}
