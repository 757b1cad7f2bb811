import { declareProgram } from '../../packages/spotproof/src/commands/program.ts';
import { STATE_EXIT_CODES } from '../../packages/spotproof/src/state/exit-codes.ts';
import { STORE_FORMS } from '../../packages/spotproof/src/state/store-address.ts';
import { exitRows, optionRows } from './command-tables.ts';
import { interfaceMembers } from './interface-members.ts';

/** The page of `spotproof state`: its commands, how a store is named, every option with its default, and what the exit codes mean. */
export function renderState(): string {
  const { state } = declareProgram();
  const commands = state.commands.map((command) => {
    const names = command.registeredArguments.map((argument) => ` ${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}`).join('');
    // The one that all have is told once.
    const options = optionRows({ options: command.options.filter(({ long }) => long !== '--store') });
    return `## \`${command.name()}${names}\`

${command.description()}${options === '' ? '' : `\n\n| option | default | what it does |\n|---|---|---|\n${options}`}`;
  });
  return `<!-- Made from packages/spotproof/src/commands by \`npm run docs\`. Do not edit by hand. -->
# \`spotproof state <command> --store <address>\`

${state.description()}

What the stores are, and what each keeps how, is in [stores](stores.md); what work is stored there for, in [jobs](../guides/jobs.md).

## The store

\`--store <address>\`, or the environment variable \`SPOTPROOF_STATE_STORE\`, which no list of processes shows: use it for an address with a password in it. The options after a \`?\` are those that the app gives its
store; they must be the same.

| address | its client, looked for in your project | options |
|---|---|---|
${STORE_FORMS.map(({ form, client, options }) => `| \`${form}\` | ${client} | ${options} |`).join('\n')}

${commands.join('\n\n')}

## JSON

\`list --json\` prints \`{ "records": […], "cursor": … }\`, with \`null\` on the last page; \`show --json\` one record, with the last four of these fields as well. Times are ISO 8601, by the clock of the store.

| field | |
|---|---|
${fields('SummaryDocument')}
${fields('RecordDocument')}

\`data\` and \`result\`:

| field | |
|---|---|
${fields('PayloadDocument')}

\`retry --json\` prints the keys that were \`revived\`, \`purge --json\` how many were \`purged\`, \`check --json\` whether the store is \`fit\` with \`version\`, \`durability\`, \`clock\`, \`maxBytes\` and \`warnings\`, or \`why\` it is not.

## Exit codes

| exit code | meaning |
|---|---|
${exitRows(STATE_EXIT_CODES)}
`;
}

function fields(name: string): string {
  return interfaceMembers('packages/spotproof/src/state/record-document.ts', name)
    .map(({ name: field, text }) => `| \`${field}\` | ${text} |`)
    .join('\n');
}
