import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { findInPath, isExecutable } from './debian.ts';
import { requireTool } from './tool.ts';

/** Folder of a PostgreSQL server's programs, `initdb` and `postgres`, for the tests of the store. Errors: {@link requireTool}. */
export function requirePostgres(): string {
  return requireTool({
    need: 'The tests of stores need',
    what: 'a PostgreSQL server, 13 or newer',
    packages: ['postgresql'],
    elsewhere: ['`dnf install postgresql-server` on Fedora', '`brew install postgresql@17` on macOS'],
    find: findServer,
    told: {
      variable: 'SPOTPROOF_POSTGRES',
      expected: 'a folder with `initdb` and `postgres`',
      accepts: holdsServer,
    },
  });
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
