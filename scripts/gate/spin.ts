import { requireCompiler } from './compiler.ts';
import { findInPath } from './debian.ts';
import { requireTool } from './tool.ts';

export interface SpinTools {
  readonly spin: string;
  /** Compiles what spin writes. */
  readonly cc: string;
}

/** The model checker that searches the models of protocols, and a C compiler. Errors: {@link requireTool}. */
export function requireSpin(): SpinTools {
  const need = 'The models of protocols need';
  const spin = requireTool({
    need,
    what: 'spin',
    packages: ['spin'],
    elsewhere: ['`brew install spin` on macOS'],
    find: () => findInPath(['spin']),
    told: { variable: 'SPOTPROOF_SPIN', expected: 'a spin' },
  });
  return { spin, cc: requireCompiler(need) };
}
