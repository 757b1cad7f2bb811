import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/workspace.ts';

export interface InterfaceMember {
  readonly name: string;
  readonly isOptional: boolean;
  /** The first paragraph and the rest of its comment, in one line. */
  readonly text: string;
  readonly type: string;
}

/**
 * The members of an exported interface with their comments, read from the source as the formatter leaves it: two spaces before a member, one comment
 * before that. Throws when there is no such interface or a member has no comment, so that the page cannot fall behind in silence.
 *
 * @param options.commented False allows members without a comment, whose names say enough.
 */
export function interfaceMembers(file: string, name: string, options: { readonly commented?: boolean } = {}): readonly InterfaceMember[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const start = new RegExp(String.raw`^export interface ${name}\b[^{]*\{\n`, 'm').exec(source);
  if (start === null) throw new Error(`${file} has no exported interface ${name}. Correct the page that asks for it.`);
  const body = source.slice(start.index + start[0].length);
  const lines = body.slice(0, body.search(/^\}/m)).split('\n');
  const members: InterfaceMember[] = [];
  let comment: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.startsWith('  /**')) {
      const end = lines.findIndex((candidate, at) => at >= index && candidate.trimEnd().endsWith('*/'));
      comment = lines.slice(index, end + 1).map((text) => text.replace(/^\s*(?:\/\*\*|\*\/|\*)\s?/, '').replace(/\s*\*\/\s*$/, ''));
      index = end;
      continue;
    }
    const member = /^ {2}(?:readonly )?(?<name>\w+)(?<optional>\?)?(?<rest>[(:<].*)$/.exec(line)?.groups;
    if (member === undefined) continue;
    const text = comment
      .filter((part) => !part.startsWith('@example'))
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
    if (text === '' && options.commented !== false)
      throw new Error(`${name}.${member['name']} in ${file} has no comment, so its reference page would say nothing.`);
    members.push({
      name: member['name'] ?? '',
      isOptional: member['optional'] === '?',
      text,
      type: (member['rest'] ?? '').replace(/^: /, '').replace(/;$/, ''),
    });
    comment = [];
  }
  return members;
}
