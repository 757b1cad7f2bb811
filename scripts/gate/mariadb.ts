import path from 'node:path';
import { findInPath, installOnDebian, isExecutable } from './debian.ts';

/**
 * Path of a MariaDB server, `mariadbd`, beside which or in PATH there is `mariadb-install-db`, for the tests of the store. Takes `SPOTPROOF_MARIADB`, else
 * the one in PATH, else where Debian puts it, else installs Debian's through apt when this process may. Throws a sentence that says exactly what to install
 * otherwise. Tests never skip for the lack of it.
 */
export function requireMariadb(): string {
  const told = process.env['SPOTPROOF_MARIADB'];
  if (told !== undefined) {
    if (isExecutable(told)) return told;
    throw new Error(`SPOTPROOF_MARIADB should be the path of a MariaDB server that can be run, got "${told}". Correct it or unset it.`);
  }
  const found = findServer();
  if (found !== undefined) return found;
  // The tests start their own in a temporary folder; the one that the package may start does no harm, and is left alone.
  const installed = installOnDebian('mariadb-server');
  const now = findServer();
  if (now !== undefined) return now;
  throw new Error(
    `The tests of stores need a MariaDB server, 10.5 or newer, and none was found. ${installed}\n` +
      'Install it and run the tests again: `apt-get install -y mariadb-server` on Debian, `dnf install mariadb-server` on Fedora, `brew install mariadb` on macOS;\n' +
      'or set SPOTPROOF_MARIADB to the path of a mariadbd that you have.',
  );
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
