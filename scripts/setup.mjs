// Makes a fresh clone ready: installs what the lockfile names, then builds. Every npm script starts here, so that each
// one works alone and first. Plain JavaScript for any Node from 20 on.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

requireNode20();
if (!isInstalled()) {
  console.error('Installing the dependencies that package-lock.json names (once) …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
requirePinnedNode();
run(process.execPath, [path.join('scripts', 'build.mjs')]);

function requireNode20() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Spotproof's repository needs Node 20.19 or newer to start, this is ${process.version}. Install a newer Node and try again.`);
}

/** True when node_modules holds exactly what package-lock.json asks for. */
function isInstalled() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([folder, entry]) => !folder.startsWith('node_modules/') || entry.optional || present[folder]?.version === entry.version,
  );
}

/** npm puts node_modules/.bin first in PATH, so the next command of the script runs on the pinned Node 24. */
function requirePinnedNode() {
  const wanted = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies.node;
  const { stdout } = spawnSync('node', ['--version'], { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (stdout?.trim() === `v${wanted}`) return;
  stop(
    `The scripts of this repository run on Node ${wanted}, which npm installs as the package \`node\`; the \`node\` they found is ${stdout?.trim() || 'none'}.\n` +
      'Start them through npm (`npm test`, `npm run demo`). If you did, the install script of `node` was not allowed to run: remove node_modules and run `npm ci`.',
  );
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 3);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}
