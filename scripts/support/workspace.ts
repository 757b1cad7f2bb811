import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The checkout's root folder. */
export const ROOT = path.join(import.meta.dirname, '..', '..');

export interface PublishedPackage {
  /** Folder under `packages/`, such as `core`. */
  readonly folder: string;
  readonly directory: string;
  readonly name: string;
  readonly manifest: PackageManifest;
}

export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Every package that is published: all folders of `packages/`, none of which is private. */
export function publishedPackages(): readonly PublishedPackage[] {
  const packages = path.join(ROOT, 'packages');
  return readdirSync(packages, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name: folder }) => {
      const directory = path.join(packages, folder);
      const manifest: PackageManifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
      return { folder, directory, name: manifest.name, manifest };
    });
}

const FOREIGN_FOLDERS = new Set(['node_modules', 'dist', '.git', '.cache', '.spotproof', 'spotproof-report']);

/** Paths of all our own files, relative to the root and with `/`, without what is installed, built or cached. */
export function ownFiles(under = ''): readonly string[] {
  return readdirSync(path.join(ROOT, under), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(under, entry.name);
    if (entry.isDirectory()) return FOREIGN_FOLDERS.has(entry.name) ? [] : ownFiles(file);
    return entry.isFile() ? [file] : [];
  });
}
