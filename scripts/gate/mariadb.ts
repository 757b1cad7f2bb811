import path from 'node:path';
import { findInPath, isExecutable } from './debian.ts';
import { requireTool } from './tool.ts';

/**
 * Path of a MariaDB server, `mariadbd`, beside which or in PATH there is `mariadb-install-db`, for the tests of the store, which start their own in a temporary
 * folder: the one that a package may start does no harm, and is left alone. Errors: {@link requireTool}.
 */
export function requireMariadb(): string {
  return requireTool({
    need: 'The tests of stores need',
    what: 'a MariaDB server, 10.5 or newer',
    packages: ['mariadb-server'],
    elsewhere: ['`dnf install mariadb-server` on Fedora', '`brew install mariadb` on macOS'],
    find: findServer,
    told: { variable: 'SPOTPROOF_MARIADB', expected: 'a mariadbd' },
  });
}

/** The program that makes the first files of a server, which comes with it. */
export function mariadbInstaller(server: string): string {
  const beside = [path.dirname(server), path.join(path.dirname(server), '..', 'bin'), path.join(path.dirname(server), '..', 'scripts')];
  const found = beside.map((folder) => path.join(folder, INSTALLER)).find(isExecutable) ?? findInPath([INSTALLER]);
  if (found !== undefined) return found;
  throw new Error(`${INSTALLER} is neither beside ${server} nor in PATH. Install the whole package that the server comes from.`);
}

function findServer(): string | undefined {
  // A `mysqld` in PATH may be MySQL's, which is another server; and the PATH of many users has no /usr/sbin.
  return findInPath(['mariadbd']) ?? ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'].find(isExecutable);
}

const INSTALLER = 'mariadb-install-db';
