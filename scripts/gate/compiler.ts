import { findInPath } from './debian.ts';
import { requireTool } from './tool.ts';

/** Path of a C compiler. `need` says who needs it: `The tests of … need`. Errors: {@link requireTool}. */
export function requireCompiler(need: string): string {
  return requireTool({
    need,
    what: 'a C compiler',
    packages: ['gcc', 'libc6-dev'],
    elsewhere: ['`dnf install gcc` on Fedora', '`xcode-select --install` on macOS'],
    find: () => findInPath(['cc', 'gcc', 'clang']),
  });
}
