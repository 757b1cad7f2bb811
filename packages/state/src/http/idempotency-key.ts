/** What a client sent as its key, normalised; or the sentence that says what is wrong with it. */
export type ParsedKey = { readonly key: string } | { readonly wrong: string };

/**
 * Reads `Idempotency-Key` as the IETF draft has it, a String of RFC 8941 (`"8e03978e"`), or bare as many clients send it (`8e03978e`): the same key either way.
 *
 * @param values Of each header of this name.
 * @returns Undefined if there is none.
 */
export function parseKey(values: readonly string[]): ParsedKey | undefined {
  const [value, another] = values;
  if (value === undefined) return undefined;
  if (another !== undefined) return { wrong: 'There is more than one.' };
  if (value.length > LONGEST_HEADER) return { wrong: TOO_LONG };
  const key = value.startsWith('"') ? quotedKey(value) : bareKey(value);
  if (key === undefined) return { wrong: 'Send one text in double quotes, or letters, digits and signs without space, comma, semicolon and quotes.' };
  if (key === '') return { wrong: 'It is empty.' };
  return key.length > LONGEST_KEY ? { wrong: TOO_LONG } : { key };
}

function quotedKey(text: string): string | undefined {
  return QUOTED.exec(text)?.groups?.['key']?.replaceAll(/\\(["\\])/g, '$1');
}

function bareKey(text: string): string | undefined {
  return BARE.test(text) ? text : undefined;
}

/** Parameters may follow a String, and mean nothing here. */
const QUOTED =
  /^"(?<key>(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?: *; *[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[\w.:/?*+=-]+))?)*$/;
/** A comma is what two headers are joined with. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const LONGEST_KEY = 255;
const LONGEST_HEADER = 1024;
const TOO_LONG = `A key has ${LONGEST_KEY} characters at most.`;
