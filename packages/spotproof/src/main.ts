import { runProgram } from './commands/program.ts';

/** What the `spotproof` bin runs. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await runProgram(argv);
}
