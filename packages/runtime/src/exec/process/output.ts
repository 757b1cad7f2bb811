/** For what was asked for, such as help: standard output. */
export function writeOut(text: string): void {
  process.stdout.write(text);
}
