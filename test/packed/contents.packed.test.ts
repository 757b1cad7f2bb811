import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from '../../scripts/support/workspace.ts';
import { scan } from '../architecture/scan.ts';
import { packAll } from './pack.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-contents-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const packages = packAll(folder);
const rootVersion: string = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version;

for (const { name, folder: home, directory, manifest, files, tarball } of packages) {
  test(`${name} ships dist, src, bin, its manifest, a README and the licence, and nothing else`, () => {
    const strange = files.filter(
      (file) => !/^(?:dist\/.+\.(?:js|d\.ts)(?:\.map)?|src\/.+\.ts|bin\/[^/]+\.js|package\.json|README\.md|LICENSE)$/.test(file),
    );

    assert.deepEqual(strange, []);
    for (const needed of ['package.json', 'README.md', 'LICENSE']) assert.ok(files.includes(needed), `${needed} is missing`);
    assert.ok(
      files.some((file) => file.startsWith('dist/')),
      'dist is missing',
    );
  });

  test(`${name} ships no test, fixture or helper of one`, () => {
    assert.deepEqual(
      files.filter((file) => /(?:^|\/)(?:tests?|fixtures?|__tests__)\/|\.test\./.test(file)),
      [],
    );
  });

  test(`${name} ships in dist exactly what its source compiles to`, () => {
    const built = files.filter((file) => file.startsWith('dist/') && file.endsWith('.js')).map((file) => file.slice('dist/'.length, -'.js'.length));
    // A declaration of somebody else's types compiles to nothing.
    const sources = files
      .filter((file) => file.startsWith('src/') && !file.endsWith('.d.ts'))
      .map((file) => file.slice('src/'.length, -'.ts'.length));

    assert.deepEqual(built.toSorted(), sources.toSorted());
  });

  test(`${name} points only at files that it ships`, () => {
    const targets = [...leaves(manifest.exports), ...Object.values(manifest.bin ?? {})].map((target) => target.replace(/^\.\//, ''));

    assert.deepEqual(
      targets.filter((target) => !files.includes(target)),
      [],
    );
  });

  test(`${name} imports only what it declares`, () => {
    execFileSync('tar', ['-xzf', tarball, '-C', folder]);
    const unpacked = path.join(folder, 'package');
    const declared = new Set([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})]);
    const undeclared = files
      .filter((file) => /^(?:dist|bin)\/.*(?:\.js|\.d\.ts)$/.test(file))
      .flatMap((file) => scan(readFileSync(path.join(unpacked, file), 'utf8')).imports.map(({ specifier }) => ({ file, specifier })))
      .filter(
        ({ specifier }) => specifier !== undefined && !specifier.startsWith('.') && !isBuiltin(specifier) && !declared.has(packageOf(specifier)),
      );
    rmSync(unpacked, { recursive: true, force: true });

    assert.deepEqual(undeclared, []);
  });

  test(`${name} has the one version, pins its siblings to it, and runs nothing at install`, () => {
    const text: unknown = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
    const siblings = Object.entries(manifest.dependencies ?? {}).filter(([dependency]) => packages.some((entry) => entry.name === dependency));

    assert.equal(manifest.version, rootVersion);
    assert.deepEqual(
      siblings.filter(([, range]) => range !== rootVersion),
      [],
    );
    assert.ok(typeof text === 'object' && text !== null && !('scripts' in text), 'a published package has no scripts');
  });

  test(`${name} carries the licence of the repository`, () => {
    const file = path.join(ROOT, 'packages', home, 'LICENSE');

    assert.equal(manifest.license, 'Apache-2.0');
    assert.ok(existsSync(file), `${file} is missing: copy LICENSE there`);
    assert.equal(readFileSync(file, 'utf8'), readFileSync(path.join(ROOT, 'LICENSE'), 'utf8'));
  });
}

/** The strings at the ends of an exports map. */
function leaves(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leaves);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

/** `@scope/name/door` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
