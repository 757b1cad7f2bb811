import { findInPath, installOnDebian, isExecutable } from './debian.ts';

export interface SpinTools {
  readonly spin: string;
  /** Compiles what spin writes. */
  readonly cc: string;
}

/**
 * The model checker that searches the models of protocols, and a C compiler. Takes `SPOTPROOF_SPIN`, else what PATH has, else installs Debian's through apt
 * when this process may. Throws a sentence that says exactly what to install otherwise. Tests never skip for the lack of it.
 */
export function requireSpin(): SpinTools {
  const told = process.env['SPOTPROOF_SPIN'];
  if (told !== undefined && !isExecutable(told))
    throw new Error(`SPOTPROOF_SPIN should be the path of a spin that can be run, got "${told}". Correct it or unset it.`);
  return { spin: told ?? found(['spin'], ['spin']), cc: found(['cc', 'gcc', 'clang'], ['gcc', 'libc6-dev']) };
}

function found(names: readonly string[], packages: readonly string[]): string {
  const there = findInPath(names);
  if (there !== undefined) return there;
  const said = packages.map(installOnDebian);
  const now = findInPath(names);
  if (now !== undefined) return now;
  throw new Error(
    `The models of protocols need \`${names[0]}\`, and it was not found. ${said.join(' ')}\n` +
      `Install it and run the tests again: \`apt-get install -y ${packages.join(' ')}\` on Debian, \`brew install ${names[0]}\` on macOS.`,
  );
}
