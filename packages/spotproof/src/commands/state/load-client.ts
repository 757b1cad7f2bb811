import { createRequire } from 'node:module';
import path from 'node:path';
import { SpotproofError } from '@spotproof/core';

/** A client of a store that the user has, the first of several that is there. */
export interface LoadedClient<Name extends string, Module> {
  readonly name: Name;
  readonly module: Module;
}

/**
 * Loads a package as a file in the working directory would, and as this package would where that has none. Never a dependency of ours: the user's own
 * version is the one that the app runs with.
 *
 * @typeParam Module As much of the package as is used.
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` when none of them is installed, or the one that is cannot be loaded.
 */
export function loadClient<Module, Name extends string>(names: readonly [Name, ...Name[]], cwd: string): LoadedClient<Name, Module> {
  for (const require of [createRequire(path.join(cwd, 'package.json')), createRequire(import.meta.url)]) {
    for (const name of names) {
      if (!isInstalled(require, name)) continue;
      try {
        // The public interface of that package, as its documentation has it.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return { name, module: require(name) as Module };
      } catch (error) {
        throw new SpotproofError(
          'SPOTPROOF_CONFIG_INVALID',
          `${name} is installed and cannot be loaded: ${error instanceof Error ? error.message : String(error)}. Install it again: npm install ${packageOf(name)}.`,
          { cause: error },
        );
      }
    }
  }
  const [first] = names;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `The client of this store is not installed: ${names.map(packageOf).join(' or ')} was looked for from ${cwd} on. Run this in the folder of your app, or install it: npm install ${packageOf(first)}.`,
    { details: { client: first } },
  );
}

function isInstalled(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** `mysql2` of `mysql2/promise`. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
