import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { findInPath, installOnDebian, isExecutable } from './debian.ts';

/**
 * Folder of a PostgreSQL server's programs, `initdb` and `postgres`, for the tests of the store. Takes `SPOTPROOF_POSTGRES`, else those in PATH, else
 * where Debian puts them, else installs Debian's through apt when this process may. Throws a sentence that says exactly what to install otherwise. Tests
 * never skip for the lack of it.
 */
export function requirePostgres(): string {
  const told = process.env['SPOTPROOF_POSTGRES'];
  if (told !== undefined) {
    if (holdsServer(told)) return told;
    throw new Error(
      `SPOTPROOF_POSTGRES should be the folder of PostgreSQL's programs \`initdb\` and \`postgres\`, got "${told}". Correct it or unset it.`,
    );
  }
  const found = findServer();
  if (found !== undefined) return found;
  const installed = installOnDebian('postgresql');
  const now = findServer();
  if (now !== undefined) return now;
  throw new Error(
    `The tests of stores need a PostgreSQL server, 13 or newer, and none was found. ${installed}\n` +
      'Install it and run the tests again: `apt-get install -y postgresql` on Debian, `dnf install postgresql-server` on Fedora, `brew install postgresql@17` on macOS;\n' +
      'or set SPOTPROOF_POSTGRES to the folder that has `initdb` and `postgres`, such as /usr/lib/postgresql/17/bin.',
  );
}

function findServer(): string | undefined {
  // Debian keeps the server's programs out of PATH, a folder for each version, and links only the clients'.
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const inPath = findInPath(['postgres']);
  return [...(inPath === undefined ? [] : [path.dirname(inPath)]), ...versions.map((version) => path.join(DEBIAN, version, 'bin'))].find(holdsServer);
}

function holdsServer(folder: string): boolean {
  return ['initdb', 'postgres'].every((name) => isExecutable(path.join(folder, name)));
}

const DEBIAN = '/usr/lib/postgresql';
