import { runProgram } from '../../src/commands/program.ts';

/*
 * `spotproof` from source, several times: each argument is a command line as JSON, and what became of each is printed as JSON. Most of what a process costs
 * is its start.
 */
const ends: { readonly code: number; readonly out: string; readonly err: string }[] = [];
const print = process.stdout.write.bind(process.stdout);
for (const line of process.argv.slice(2)) {
  const text = { out: '', err: '' };
  process.stdout.write = (chunk: string | Uint8Array) => ((text.out += String(chunk)), true);
  process.stderr.write = (chunk: string | Uint8Array) => ((text.err += String(chunk)), true);
  ends.push({ code: await runProgram(['node', 'spotproof', ...(JSON.parse(line) as string[])]), ...text });
}
print(JSON.stringify(ends));
