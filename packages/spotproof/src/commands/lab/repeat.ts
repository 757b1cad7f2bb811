import type { LabFlags } from './flags.ts';

/** The command line that draws the same run again. */
export function repeatCommand(flags: LabFlags, defaults: Readonly<Record<string, unknown>>, command: readonly string[], protect: boolean): string {
  const words = Object.entries(flags)
    .filter(([name, value]) => value !== undefined && !NOT_OF_THE_RUN.has(name) && JSON.stringify(value) !== JSON.stringify(defaults[name]))
    .flatMap(([name, value]) => flagWords(name, value));
  return ['npx', 'spotproof', 'lab', ...(protect ? ['--protect'] : []), ...words, '--', ...command.map(quote)].join(' ');
}

/** How a run is shown, and what is said per run of a comparison. */
const NOT_OF_THE_RUN = new Set(['protect', 'compare', 'json', 'report', 'ui', 'awsPort']);

function flagWords(name: string, value: unknown): string[] {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === true) return [flag];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) => [flag, quote(String(one))]);
}

function quote(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
