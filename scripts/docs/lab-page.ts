import { EXIT_CODES } from '../../packages/spotproof/src/exit-codes.ts';
import { declareProgram } from '../../packages/spotproof/src/commands/program.ts';
import { exitRows, optionRows } from './command-tables.ts';

/** The page of `spotproof lab`: every option with its default, and what the exit codes mean. */
export function renderLab(): string {
  const { lab } = declareProgram();
  return `<!-- Made from packages/spotproof/src/commands by \`npm run docs\`. Do not edit by hand. -->
# \`spotproof lab [options] -- <command>\`

${lab.description()}

Each task gets a port of its own, in \`PORT\` (\`--port-env\` names another variable) and wherever the command says \`{port}\`. What is sent is described in
[requests-file.md](requests-file.md).

| option | default | what it does |
|---|---|---|
${optionRows(lab)}

What \`--work\` counts, and what tasks say to its sink: [work in the lab](../guides/work-in-the-lab.md).

A comparison (\`--compare\`) exits with the code of its protected run.

| exit code | meaning |
|---|---|
${exitRows(EXIT_CODES)}
`;
}
