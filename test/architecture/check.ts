import { builtinModules } from 'node:module';
import path from 'node:path';
import { findCircles } from './circles.ts';
import { CAPABILITIES, type Capability, type PackageRule } from './rules.ts';
import { scan } from './scan.ts';

export interface Offence {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Holds the rules against source files, given by path (`packages/core/src/index.ts`) and text. Pure: reads nothing itself. */
export function checkArchitecture(files: ReadonlyMap<string, string>, rules: Readonly<Record<string, PackageRule>>): readonly Offence[] {
  const offences: Offence[] = [];
  const edges = new Map<string, string[]>();
  for (const [file, source] of files) {
    const match = /^packages\/(?<folder>[^/]+)\/(?<inside>(?:src|bin)\/.+)$/.exec(file);
    const folder = match?.groups?.['folder'] ?? '';
    const rule = rules[folder];
    if (match?.groups === undefined || rule === undefined) {
      offences.push({ file, line: 1, message: `no row of test/architecture/rules.ts speaks about the package folder "${folder}"` });
      continue;
    }
    const place: Place = { file, packageName: folder, inside: path.posix.relative('src', match.groups['inside'] ?? ''), rule };
    const { imports, globals } = scan(source);
    for (const { specifier, line } of imports) {
      const message = judgeImport(place, specifier, files);
      if (message !== undefined) offences.push({ file, line, message });
      if (specifier?.startsWith('.') === true) edges.set(file, [...(edges.get(file) ?? []), resolve(file, specifier)]);
    }
    // The first use in a file tells it all.
    const refused = new Set<Capability>();
    for (const { name, line } of globals) {
      const capability = capabilityOf(name, 'globals');
      if (capability === undefined || refused.has(capability) || holds(place, capability)) continue;
      refused.add(capability);
      offences.push({ file, line, message: refuse(place, capability, name) });
    }
  }
  for (const circle of findCircles(edges)) offences.push({ file: circle[0] ?? '', line: 1, message: `goes in a circle: ${circle.join(' → ')}` });
  return offences;
}

interface Place {
  readonly file: string;
  readonly packageName: string;
  /** Relative to the package's `src/`. */
  readonly inside: string;
  readonly rule: PackageRule;
}

function judgeImport(place: Place, specifier: string | undefined, files: ReadonlyMap<string, string>): string | undefined {
  if (specifier === undefined) {
    return holds(place, 'code from text') || isCommandEntry(place)
      ? undefined
      : 'imports something that is computed at run time, which no rule can judge';
  }
  if (specifier.startsWith('.')) return judgeRelative(place, specifier, files);
  if (isBuiltin(specifier) && !specifier.startsWith('node:')) return `imports "${specifier}" without the prefix "node:"`;
  const [name, only] = Object.entries(place.rule.onlyIn ?? {}).find(([allowed]) => matches(specifier, allowed)) ?? [];
  if (name !== undefined && only !== undefined) return isIn(place, only) ? undefined : `imports "${specifier}", which only ${only.join(', ')} may`;
  if (!place.rule.mayImport.some((allowed) => matches(specifier, allowed))) return `imports "${specifier}", which ${place.packageName} may not`;
  const capability = capabilityOf(specifier, 'modules');
  return capability === undefined || holds(place, capability) ? undefined : refuse(place, capability, specifier);
}

function judgeRelative(place: Place, specifier: string, files: ReadonlyMap<string, string>): string | undefined {
  const target = resolve(place.file, specifier);
  const home = `packages/${place.packageName}/`;
  // The checked-in bin is plain JavaScript and loads what is built.
  if (place.inside.startsWith('../bin/'))
    return target.startsWith(`${home}dist/`) ? undefined : `reaches "${specifier}", but a bin may load only dist`;
  if (!target.startsWith(`${home}src/`)) return `reaches "${specifier}" outside of its package's src; import another package by its name`;
  if (!files.has(target)) return `imports "${specifier}", which is not a file of the package (imports end in .ts)`;
  return undefined;
}

/** The bin loads dist through `import()`, so that an old Node gets a sentence instead of a syntax error. */
function isCommandEntry(place: Place): boolean {
  return place.inside.startsWith('../bin/');
}

function matches(specifier: string, allowed: string): boolean {
  if (allowed === 'node:*') return specifier.startsWith('node:');
  return specifier === allowed || specifier.startsWith(`${allowed}/`);
}

function capabilityOf(name: string, by: 'globals' | 'modules'): Capability | undefined {
  const found = Object.entries(CAPABILITIES).find(([, capability]) => (capability[by] as readonly string[]).includes(name));
  if (found === undefined && name.startsWith('process.')) return 'process';
  // Object.entries widens the keys; they are exactly those of the table.
  return found?.[0] as Capability | undefined;
}

function holds(place: Place, capability: Capability): boolean {
  return isIn(place, place.rule.holds[capability] ?? []);
}

function isIn({ inside }: Place, holders: readonly string[]): boolean {
  return holders.some((holder) => (holder === '' || holder.endsWith('/') ? inside.startsWith(holder) : inside === holder));
}

function refuse(place: Place, capability: Capability, name: string): string {
  const holders = place.rule.holds[capability] ?? [];
  const who = holders.length === 0 ? `nobody in ${place.packageName} may` : `in ${place.packageName} only ${holders.join(', ')} may`;
  return `touches ${name} (${capability}), which ${who}`;
}

function resolve(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}

function isBuiltin(specifier: string): boolean {
  return builtinModules.includes(specifier);
}
