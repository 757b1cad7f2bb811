import { declareProgram } from '../../packages/spotproof/src/commands/program.ts';
import { DRILL_EXIT_CODES } from '../../packages/spotproof/src/drill/exit-codes.ts';
import { exitRows, optionRows } from './command-tables.ts';

/** The page of `spotproof drill`: every option with its default, and what the exit codes mean. */
export function renderDrill(): string {
  const { drill } = declareProgram();
  return `<!-- Made from packages/spotproof/src/commands by \`npm run docs\`. Do not edit by hand. -->
# \`spotproof drill [options]\`

${drill.description()}

How to use it, and what it shows, is in [the guide](../guides/drill.md).

| option | default | what it does |
|---|---|---|
${optionRows(drill)}

| exit code | meaning |
|---|---|
${exitRows(DRILL_EXIT_CODES)}
`;
}
