/** The octet at `index`, which the caller has checked to be inside: the zero is never seen. */
export const octetAt = (octets: Uint8Array, index: number): number => octets[index] ?? 0;

/** Whether `octet` belongs to one of `classes`: {@link TOKEN}, {@link TEXT}, {@link VISIBLE}, or several of them. */
export const isIn = (octet: number, classes: number): boolean => (octetAt(CLASSES, octet) & classes) !== 0;

export const isDigit = (octet: number): boolean => octet >= 0x30 && octet <= 0x39;

/** 0 to 15, or -1 for what is not a hexadecimal digit. */
export function hexDigitValue(octet: number): number {
  if (isDigit(octet)) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** How an error message names an octet. */
export const describeOctet = (octet: number): string =>
  octet > 0x20 && octet < 0x7f ? `'${String.fromCharCode(octet)}'` : `octet 0x${octet.toString(16).padStart(2, '0')}`;

/** One character an octet. `ascii` says that no octet is above 127: four times as fast, and nearly every head is. */
export function decodeLatin1(octets: Uint8Array, ascii: boolean): string {
  // Not TextDecoder('latin1'): by the Encoding Standard that is windows-1252, which moves 0x80 to 0x9f elsewhere.
  if (ascii) return ASCII_DECODER.decode(octets);
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

/** tchar of RFC 9110: letters, digits and some punctuation. */
export const TOKEN = 1;
/** What a field value or a reason phrase may hold: HTAB, SP, visible ASCII, and 0x80 to 0xff. */
export const TEXT = 2;
/** Visible ASCII: what a request target may hold. */
export const VISIBLE = 4;

const TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";
const ASCII_DECODER = new TextDecoder();

const CLASSES = Uint8Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet);
  const token = /[0-9A-Za-z]/.test(character) || TOKEN_PUNCTUATION.includes(character) ? TOKEN : 0;
  const text = octet === HTAB || (octet >= SP && octet !== 0x7f) ? TEXT : 0;
  const visible = octet > SP && octet < 0x7f ? VISIBLE : 0;
  return token | text | visible;
});
