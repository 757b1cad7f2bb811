import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { NODE_LINES, type NodeMajor, requireNode } from '../../scripts/support/nodes.ts';
import { ROOT } from '../../scripts/support/workspace.ts';
import { packAll } from './pack.ts';

// An empty project far from the checkout: what is not in the tarballs cannot be found from there.
const project = realpathSync(mkdtempSync(path.join(tmpdir(), 'spotproof-packed-')));
after(() => rmSync(project, { recursive: true, force: true }));

const packages = packAll(project);
writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'a-user', private: true }));
execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages.map(({ tarball }) => tarball)], {
  cwd: project,
  stdio: ['ignore', 'ignore', 'pipe'],
  timeout: 180_000,
});
writeFileSync(
  path.join(project, 'import.mjs'),
  `const door = await import(process.argv[2]);
   console.log(JSON.stringify({ names: Object.keys(door).sort(), file: import.meta.resolve(process.argv[2]) }));`,
);
writeFileSync(
  path.join(project, 'require.cjs'),
  `const { pathToFileURL } = require('node:url');
   const door = require(process.argv[2]);
   console.log(JSON.stringify({ names: Object.keys(door).sort(), file: pathToFileURL(require.resolve(process.argv[2])).href }));`,
);

test('nothing is installed beside the packages and what they declare', () => {
  const declared = new Set(packages.map(({ name }) => name));
  // A set goes on over what is added to it on the way.
  for (const name of declared) for (const dependency of dependenciesOf(name)) declared.add(dependency);

  assert.deepEqual(installedPackages().toSorted(), [...declared].toSorted());
});

test('what runs in a container brings nothing of others along', () => {
  const ours = new Set(packages.map(({ name }) => name));

  for (const name of ['@spotproof/core', '@spotproof/runtime'])
    assert.deepEqual(
      dependenciesOf(name).filter((dependency) => !ours.has(dependency)),
      [],
    );
});

test('every published range is one that these tests know how to cover', () => {
  const ranges = packages.map(({ name, manifest }) => `${name} ${manifest.engines.node}`);

  assert.deepEqual(
    ranges.filter((range) => !/ (?:\^20\.19\.0 \|\| >=22\.12\.0|>=22\.18\.0)$/.test(range)),
    [],
  );
});

for (const { major } of NODE_LINES) {
  const node = requireNode(major);

  describe(`on Node ${node.version}`, () => {
    for (const { name, manifest } of packages) {
      if (!supports(manifest.engines.node, major)) continue;
      for (const door of doorsOf(name, manifest.exports)) {
        test(`${door} can be imported and required, and gives what its source exports`, () => {
          const expected = namesInSource(door);

          for (const way of ['import.mjs', 'require.cjs']) {
            const found = askDoor(node.program, way, door);

            assert.deepEqual(found.names, expected, way);
            assert.ok(found.file.startsWith(`file://${project}/node_modules/${name}/dist/`), `${way} loaded ${found.file}`);
          }
        });
      }
    }

    test(major === 20 ? 'the command refuses in one sentence' : 'the command says its version', () => {
      const environment = { ...process.env, PATH: `${path.dirname(node.program)}${path.delimiter}${process.env['PATH'] ?? ''}` };
      const { status, stdout, stderr } = spawnSync(path.join(project, 'node_modules', '.bin', 'spotproof'), ['--version'], {
        cwd: project,
        env: environment,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      });

      if (major === 20) {
        assert.equal(status, 2, stderr);
        assert.equal(stderr.trim().split('\n').length, 1, stderr);
        assert.match(stderr, new RegExp(`^spotproof needs Node 22\\.18 or newer, this is v${node.version.replaceAll('.', '\\.')}`));
        assert.equal(stdout, '');
      } else {
        assert.equal(status, 0, stderr);
        assert.equal(stdout.trim(), packages.find(({ name }) => name === 'spotproof')?.manifest.version);
      }
    });
  });
}

interface Door {
  readonly names: readonly string[];
  /** URL of the file behind the door. */
  readonly file: string;
}

function askDoor(program: string, way: string, door: string): Door {
  const { status, stdout, stderr } = spawnSync(program, [way, door], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  assert.equal(status, 0, `${way} ${door}: ${stderr}`);
  return JSON.parse(stdout);
}

const known = new Map<string, readonly string[]>();

/** What the checkout's source exports by this door: the only thing here that looks at it. */
function namesInSource(door: string): readonly string[] {
  const before = known.get(door);
  if (before !== undefined) return before;
  const script = 'console.log(JSON.stringify(Object.keys(await import(process.argv[1])).sort()))';
  const stdout = execFileSync(process.execPath, ['--conditions=@spotproof/source', '--input-type=module', '-e', script, door], {
    cwd: path.join(ROOT, 'packages', 'spotproof'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const names: readonly string[] = JSON.parse(stdout);
  known.set(door, names);
  return names;
}

function doorsOf(name: string, exports: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(exports)
    .filter((door) => door !== './package.json')
    .map((door) => path.posix.join(name, door));
}

function supports(range: string, major: NodeMajor): boolean {
  return major !== 20 || range.startsWith('^20.');
}

function dependenciesOf(name: string): readonly string[] {
  const manifest: { readonly dependencies?: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(path.join(project, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return Object.keys(manifest.dependencies ?? {});
}

function installedPackages(): readonly string[] {
  const modules = path.join(project, 'node_modules');
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(path.join(modules, name)).map((inner) => `${name}/${inner}`) : [name]));
}
