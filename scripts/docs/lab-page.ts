import { EXIT_CODES } from '../../packages/spotproof/src/exit-codes.ts';
import { declareProgram } from '../../packages/spotproof/src/commands/program.ts';

/** The page of `spotproof lab`: every option with its default, and what the exit codes mean. */
export function renderLab(): string {
  const { lab } = declareProgram();
  const options = lab.options.map((option) => `| \`${cell(option.flags)}\` | ${defaultOf(option.defaultValue)} | ${cell(option.description)} |`);
  const exits = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${cell(meaning)} |`);
  return `<!-- Made from packages/spotproof/src/commands by \`npm run docs\`. Do not edit by hand. -->
# \`spotproof lab [options] -- <command>\`

${lab.description()}

Each task gets a port of its own, in \`PORT\` (\`--port-env\` names another variable) and wherever the command says \`{port}\`. What is sent is described in
[requests-file.md](requests-file.md).

| option | default | what it does |
|---|---|---|
${options.join('\n')}

A comparison (\`--compare\`) exits with the code of its protected run.

| exit code | meaning |
|---|---|
${exits.join('\n')}
`;
}

function defaultOf(value: unknown): string {
  return value === undefined || (Array.isArray(value) && value.length === 0)
    ? ''
    : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
