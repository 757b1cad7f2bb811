import { findInPath, installOnDebian } from './debian.ts';

/**
 * Makes sure that there is a Python, a C compiler and `unshare` for the tests of `spotproof-exec`, which runs programs of other languages as the first
 * process of a namespace. Installs what Debian has through apt when this process may; throws a sentence that says what to install otherwise.
 */
export function requireExecTools(): void {
  for (const { program, packages } of TOOLS) {
    if (findInPath([program]) !== undefined) continue;
    const said = packages.map(installOnDebian);
    if (findInPath([program]) !== undefined) continue;
    throw new Error(
      `The tests of spotproof-exec need \`${program}\`, and it was not found. ${said.join(' ')}\n` +
        `Install it and run the tests again: \`apt-get install -y ${packages.join(' ')}\` on Debian.`,
    );
  }
}

const TOOLS = [
  { program: 'python3', packages: ['python3'] },
  { program: 'cc', packages: ['gcc', 'libc6-dev'] },
  { program: 'unshare', packages: ['util-linux'] },
];
