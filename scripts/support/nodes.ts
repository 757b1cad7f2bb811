import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './workspace.ts';

/** The Node lines that published packages promise to run on. 20 is served until 2027-04-30. */
export const NODE_LINES = [
  { major: 20, version: '20.20.2' },
  { major: 22, version: '22.23.3' },
  { major: 24, version: '24.21.0' },
] as const;

export type NodeMajor = (typeof NODE_LINES)[number]['major'];

export interface NodeProgram {
  readonly version: string;
  /** Path of the program. */
  readonly program: string;
}

/**
 * A Node of this line: the one that runs this, the machine's own, or the npm package `node`, installed once into `.cache/nodes`.
 * Throws when npm cannot install it.
 */
export function requireNode(major: NodeMajor): NodeProgram {
  if (Number(process.versions.node.split('.')[0]) === major) return { version: process.versions.node, program: process.execPath };
  return findOnMachine(major) ?? installed(major);
}

/** The machine's own Node stands in PATH behind the folders that npm put there. */
function findOnMachine(major: NodeMajor): NodeProgram | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '' && !folder.includes('node_modules'));
  for (const folder of folders) {
    const program = path.join(folder, 'node');
    const version = existsSync(program) ? versionOf(program) : undefined;
    if (version?.startsWith(`${major}.`) === true) return { version, program };
  }
  return undefined;
}

function installed(major: NodeMajor): NodeProgram {
  const version = NODE_LINES.find((line) => line.major === major)?.version ?? '';
  const folder = path.join(ROOT, '.cache', 'nodes', version);
  const program = path.join(folder, 'node_modules', 'node', 'bin', 'node');
  if (versionOf(program) === version) return { version, program };

  // Installed beside and moved in whole: an interrupted install must not look like a Node.
  const beside = `${folder}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  writeFileSync(path.join(beside, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--save-exact', `node@${version}`];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: beside,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INSTALL_MS,
  });
  if (status !== 0) {
    rmSync(beside, { recursive: true, force: true });
    throw new Error(`Node ${version} is needed to test the packages on it, and \`npm ${args.join(' ')}\` failed:\n${stdout}${stderr}`);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(beside, folder);
  if (versionOf(program) !== version)
    throw new Error(`npm installed node@${version} into ${folder}, but ${program} does not answer with that version.`);
  return { version, program };
}

function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: VERSION_MS });
  return status === 0 ? stdout.trim().replace(/^v/, '') : undefined;
}

const INSTALL_MS = 180_000;
const VERSION_MS = 20_000;
