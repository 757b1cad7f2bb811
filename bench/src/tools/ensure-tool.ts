import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Makes sure that the given Debian packages' commands of the same name are there, installing them where that is possible; throws a sentence where not. */
export function ensureTools(names: readonly string[]): void {
  const missing = names.filter((name) => findTool(name) === undefined);
  if (missing.length === 0) return;
  const byHand = `Install ${missing.join(' and ')} first (Debian: apt-get install ${missing.join(' ')}; macOS: brew install ${missing.join(' ')}).`;
  if (process.getuid?.() !== 0 || findTool('apt-get') === undefined) throw new Error(byHand);
  console.error(`Installing ${missing.join(', ')} with apt-get (once) …`);
  // Run level 1 keeps the packages from starting their services.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
    if (status !== 0) throw new Error(`apt-get ${args[0]} failed. ${byHand}`);
  }
}

export function findTool(name: string): string | undefined {
  // Root's own folders too: Debian leaves them out of a user's PATH, and nginx and haproxy live there.
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.map((folder) => `${folder}/${name}`).find((file) => existsSync(file));
}

/** The path of a tool that {@link ensureTools} has seen. */
export function toolPath(name: string): string {
  const found = findTool(name);
  if (found === undefined) throw new Error(`${name} is not installed.`);
  return found;
}
