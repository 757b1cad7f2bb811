import { interfaceMembers } from './interface-members.ts';
import { STORES, type StoreEntry } from './stores.ts';

/** The page of the stores: what each declares, needs, costs and keeps how. */
export function renderStores(): string {
  return `<!-- Made from packages/state/src/stores and scripts/docs/stores.ts by \`npm run docs\`. Do not edit by hand. -->
# Stores

Where \`@spotproof/state\` keeps idempotency keys, jobs and leases. Each store keeps the same record under the same rules, and is held to them by [one contract](state-traps.md). Which one to take, and what each can still lose, is in
[which store](../guides/which-store.md); how to look into one, in [\`spotproof state\`](state.md).

| store | clock | transactions with your work | largest record | oldest server |
|---|---|---|---|---|
${STORES.map(row).join('\n')}

A first call is a claim and a settlement. Larger results and checkpoints go to a blob store: \`createFileBlobs()\` on a file system that all tasks share, or \`createS3Blobs()\`. Keys have up to 512 bytes, kinds up to 128.

${STORES.map(section).join('\n\n')}
`;
}

function row({ title, capabilities: { clock, maxBytes }, transactions, oldest }: StoreEntry): string {
  const columns = [
    `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`,
    clock === 'server' ? "the store's" : 'none: records are watched',
    transactions === undefined ? 'no' : `\`${transactions}\``,
    size(maxBytes),
    oldest === '' ? '–' : oldest,
  ];
  return `| ${columns.join(' | ')} |`;
}

function section(store: StoreEntry): string {
  const { title, door, create, client, durability, clock, roundTrips, countedBy, refuses, warns, limits, layout } = store;
  const counted = countedBy.map(({ file }) => ` ([counted](../../${file}))`).join('');
  const facts = [
    ['client', client],
    ['durability', durability],
    ['clock', clock],
    ['round trips', `${roundTrips}${counted}.`],
    ['`check()` refuses', refuses],
    ['`check()` warns of', warns],
  ];
  return `## ${title}

\`${create}\` of \`@spotproof/state${door === undefined ? '' : `/${door}`}\`.

| | |
|---|---|
${facts.map((fact) => `| ${fact.join(' | ')} |`).join('\n')}

${limits.map((limit) => `- ${limit}`).join('\n')}

| option | what it does |
|---|---|
${store.options.flatMap(([file, name]) => interfaceMembers(`packages/state/src/stores/${file}`, name).map(({ name: option, text }) => `| \`${option}\` | ${cell(text)} |`)).join('\n')}${layout === '' ? '' : `\n\n${layout}`}`;
}

function cell(text: string): string {
  return text.replaceAll(/\{@link (?<name>\w+)\}/g, '`$<name>()`').replaceAll('|', String.raw`\|`);
}

function size(bytes: number): string {
  return bytes >= MIB ? `${bytes / MIB} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

const MIB = 1_048_576;
