import { requireCompiler } from './compiler.ts';
import { findInPath } from './debian.ts';
import { requireTool } from './tool.ts';

/**
 * Makes sure that there is a Python, a C compiler and `unshare` for the tests of `spotproof-exec`, which runs programs of other languages as the first
 * process of a namespace. Errors: {@link requireTool}.
 */
export function requireExecTools(): void {
  const need = 'The tests of spotproof-exec need';
  requireCompiler(need);
  for (const [program, packageName] of [
    ['python3', 'python3'],
    ['unshare', 'util-linux'],
  ] as const) {
    requireTool({ need, what: `\`${program}\``, packages: [packageName], elsewhere: [], find: () => findInPath([program]) });
  }
}
