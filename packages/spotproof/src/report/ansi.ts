/** Paints text for a terminal, or leaves it as it is. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  /** A word on a ground of colour. */
  readonly badge: (text: string, tone: 'good' | 'bad' | 'doubtful') => string;
}

export function createPaint(color: boolean): Paint {
  const paint =
    (open: string, close: string) =>
    (text: string): string =>
      color && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  const grounds = { good: paint('1;97;42', '0'), bad: paint('1;97;41', '0'), doubtful: paint('1;30;43', '0') };
  return {
    bold: paint('1', '22'),
    dim: paint('2', '22'),
    red: paint('31', '39'),
    green: paint('32', '39'),
    yellow: paint('33', '39'),
    badge: (text, tone) => grounds[tone](` ${text} `),
  };
}

/** Takes out control characters, so that what a task printed cannot drive the terminal. Line ends become spaces. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/\u001B\[[0-9;]*[A-Za-z]/g, '').replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ');
}

/** Breaks text at spaces (not at no-break spaces) into lines of at most `width`; longer words stand alone. Colours do not count, since text is broken before it is painted. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
