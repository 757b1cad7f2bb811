import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type PublishedPackage, publishedPackages } from '../../scripts/support/workspace.ts';

export interface PackedPackage extends PublishedPackage {
  readonly tarball: string;
  /** Paths inside the tarball, without its leading `package/`. */
  readonly files: readonly string[];
}

/** Packs every published package as `npm publish` would. */
export function packAll(folder: string): readonly PackedPackage[] {
  return publishedPackages().map((entry) => {
    const stdout = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: entry.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PACK_MS,
    });
    const { filename, files } = parsePackResult(stdout, entry.name);
    return { ...entry, tarball: path.join(folder, filename), files: files.map((file) => file.path) };
  });
}

interface PackResult {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm up to 11 prints a list; later ones an object by package name. */
function parsePackResult(stdout: string, name: string): PackResult {
  const parsed: readonly PackResult[] | Readonly<Record<string, PackResult>> = JSON.parse(stdout);
  const result = Array.isArray(parsed) ? parsed[0] : Object.entries(parsed).find(([key]) => key === name)?.[1];
  if (result === undefined) throw new Error(`npm pack --json said nothing about ${name}: ${stdout}`);
  return result;
}

const PACK_MS = 60_000;
