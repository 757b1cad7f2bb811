import { ERROR_CODES } from '../../packages/core/src/errors.ts';

/** The page of all error codes, in the order of the table in the code. */
export function renderErrors(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`);
  return `<!-- Made from packages/core/src/errors.ts by \`npm run docs\`. Do not edit by hand. -->
# Error codes

Every failure that Spotproof reports on purpose is a \`SpotproofError\`: a \`code\` from this table, a message that says what was expected, what
came and what to do next, \`details\` with the facts of this one failure, and a \`cause\` where there was one. Compare the code, never the
message. A code is never taken back or given another meaning.

| code | meaning |
|---|---|
${rows.join('\n')}
`;
}
