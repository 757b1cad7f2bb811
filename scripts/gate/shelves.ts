/**
 * The shelves of the gate, in the order in which they run. A test file says by its name on which shelf it stands:
 * `x.test.ts` is pure, `x.process.test.ts` starts processes, and so on.
 */
export const SHELVES = [
  { name: 'pure', fileLimitMs: 120_000, width: 'cores' },
  { name: 'contract', fileLimitMs: 120_000, width: 'cores' },
  // These mostly wait: for a linger, a deadline, a signal.
  { name: 'process', fileLimitMs: 180_000, width: 4 },
  // These mostly wait too, but the lab refuses to vouch for a run on a machine that stalls. Such a run is void and is run again, so a file may take twice its time.
  { name: 'lab', fileLimitMs: 420_000, width: 3 },
  { name: 'packed', fileLimitMs: 300_000, width: 1 },
] as const;

/** Files that start before the others of their shelf, the longest first: one that starts last is waited for alone. */
export const LONG_FILES: readonly string[] = [
  'test/lab/zero-loss.lab.test.ts',
  'test/lab/adapters.lab.test.ts',
  'test/lab/low-traffic.lab.test.ts',
  'packages/runtime/test/exec/examples.lab.test.ts',
  'test/lab/verdict.lab.test.ts',
  'test/lab/protocols.lab.test.ts',
];

export type ShelfName = (typeof SHELVES)[number]['name'];

/** The shelf of a test file, `not-a-test`, or `unknown` for a suffix that names no shelf (`x.proces.test.ts`). */
export function shelfOf(file: string): ShelfName | 'not-a-test' | 'unknown' {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const match = /^(?<subject>[^.]+)(?:\.(?<suffix>[^.]+))?\.test\.(?:ts|mts|js|mjs)$/.exec(name);
  if (match?.groups === undefined) return /\.test\.[cm]?[jt]s$/.test(name) ? 'unknown' : 'not-a-test';
  const suffix = match.groups['suffix'] ?? 'pure';
  return SHELVES.find((shelf) => shelf.name === suffix)?.name ?? 'unknown';
}

export interface Selection {
  /** Parts of paths; a file runs when it contains one of them. None selects all. */
  readonly filters: readonly string[];
  /** Names of shelves. None selects all. */
  readonly shelves: readonly string[];
}

export interface SelectedFile {
  readonly file: string;
  readonly shelf: ShelfName;
}

/** Chooses test files from all files of the repository, wherever they lie, so that none is forgotten, long ones first. Throws on a misnamed one. */
export function selectTests(files: readonly string[], selection: Selection): readonly SelectedFile[] {
  const names = SHELVES.map(({ name }) => name).join(', ');
  const strange = selection.shelves.find((name) => SHELVES.every((shelf) => shelf.name !== name));
  if (strange !== undefined) throw new Error(`There is no shelf "${strange}". The shelves are ${names}.`);
  const selected: SelectedFile[] = [];
  for (const file of longFirst(files)) {
    const shelf = shelfOf(file);
    if (shelf === 'not-a-test') continue;
    if (selection.filters.length > 0 && !selection.filters.some((filter) => file.includes(filter))) continue;
    if (shelf === 'unknown')
      throw new Error(`${file} names no shelf. Call it <subject>.test.ts or <subject>.<shelf>.test.ts; the shelves are ${names}.`);
    if (selection.shelves.length > 0 && !selection.shelves.includes(shelf)) continue;
    selected.push({ file, shelf });
  }
  return selected;
}

function longFirst(files: readonly string[]): readonly string[] {
  return [...LONG_FILES.filter((file) => files.includes(file)), ...files.filter((file) => !LONG_FILES.includes(file)).toSorted()];
}
