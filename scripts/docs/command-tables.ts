/** One row for each option of a command: flags, default, what it does. */
export function optionRows({ options }: { readonly options: readonly CommandOption[] }): string {
  return options.map((option) => `| \`${cell(option.flags)}\` | ${defaultOf(option.defaultValue)} | ${cell(option.description)} |`).join('\n');
}

/** One row for each exit code of a command. */
export function exitRows(codes: Readonly<Record<string, { readonly code: number; readonly meaning: string }>>): string {
  return Object.values(codes)
    .map(({ code, meaning }) => `| ${code} | ${cell(meaning)} |`)
    .join('\n');
}

function defaultOf(value: unknown): string {
  return value === undefined || (Array.isArray(value) && value.length === 0)
    ? ''
    : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

interface CommandOption {
  readonly flags: string;
  readonly defaultValue?: unknown;
  readonly description: string;
}
