import { fileURLToPath } from 'node:url';

/** The file of a module beside the one at `from`, by its path without an ending: TypeScript when running from source, JavaScript from dist. */
export function modulePath(from: string, specifier: string): string {
  return fileURLToPath(new URL(`${specifier}${isSource(from) ? '.ts' : '.js'}`, from));
}

/** What a process must be started with to resolve our packages as this one does. */
export function conditionArguments(from: string): readonly string[] {
  return isSource(from) ? ['--conditions=@spotproof/source'] : [];
}

function isSource(from: string): boolean {
  return from.endsWith('.ts');
}
