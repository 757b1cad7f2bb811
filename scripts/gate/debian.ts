import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

/** The first of these programs that PATH has and this process may run. */
export function findInPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(isExecutable);
}

/** Installs packages through apt where this process may. Says in a sentence why it did not work; whether it did is seen by looking again. */
export function installOnDebian(packages: readonly string[]): string {
  if (!existsSync('/etc/debian_version')) return 'This system is not Debian or Ubuntu, so nothing was installed by itself.';
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  console.error(`Installing ${packages.join(' ')} through apt-get (once) …`);
  for (const args of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
  ]) {
    const [command = '', ...rest] = [...prefix, ...args];
    const { status, stdout, stderr, error } = spawnSync(command, rest, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: APT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) return `\`${[...prefix, ...args].join(' ')}\` failed: ${(error?.message ?? `${stdout}${stderr}`).trim().slice(-500)}`;
  }
  return 'apt-get installed what was asked for, but no program of a known name came with it.';
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const APT_MS = 240_000;
