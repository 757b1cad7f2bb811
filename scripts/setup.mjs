// `node scripts/setup.mjs <name> [arguments]`: makes a fresh clone ready, then runs scripts/<name>.ts on the pinned Node. Every npm script
// starts here, so that each one works alone and first: it installs what the lockfile names and builds. Plain JavaScript for any Node from 20 on.
//
// The pinned Node is started from here, not by a second command of the npm script: a shell looks `node` up once, before it was installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const isWindows = process.platform === 'win32';
const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');

requireNode20();
const [name, ...args] = process.argv.slice(2);
const script = path.join(root, 'scripts', `${name}.ts`);
if (name === undefined || !existsSync(script))
  stop(`There is no scripts/${name}.ts to run. Start the scripts through npm: \`npm test\`, \`npm run demo\`.`);
if (!isInstalled()) {
  console.error('Installing the dependencies that package-lock.json names (once) …');
  // The build comes below; npm's own engine warnings are about published packages, which run on the pinned Node here.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { SPOTPROOF_BUILD: 'later' });
}
requirePinnedNode();
// The check builds by itself, to show a broken build beside its other failures.
if (name !== 'check') run(pinnedNode, [path.join('scripts', 'build.mjs')]);
become(pinnedNode, [script, ...args]);

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
    ([folder, entry]) => !folder.startsWith('node_modules/') || entry.optional || entry.link || present[folder]?.version === entry.version,
  );
}

function requirePinnedNode() {
  const wanted = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies.node;
  const found = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (found === `v${wanted}`) return;
  stop(
    `The scripts of this repository run on Node ${wanted}, which npm installs as the package \`node\`; in node_modules there is ${found || 'none'}.\n` +
      'Its install script was not allowed to run, or was broken off: remove node_modules and run `npm ci`.',
  );
}

function run(command, commandArgs, environment = {}) {
  const options = { cwd: root, env: { ...process.env, ...environment }, stdio: 'inherit', shell: isWindows };
  const { status } = spawnSync(command, commandArgs, options);
  if (status !== 0) process.exit(status ?? 3);
}

/** Runs the command in this process's stead: its input, its output, its signals and its exit status. */
function become(command, commandArgs) {
  const bin = path.join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(command, commandArgs, { cwd: root, env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the child decides what it means.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(error.message));
  child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 3)));
}

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}
