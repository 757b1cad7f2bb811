import type { Random } from '@spotproof/world';
import type { Range } from './request-spec.ts';

/** A path cut at its `{min..max}` ranges: always one more literal than there are ranges. */
export interface PathTemplate {
  readonly literals: readonly string[];
  readonly ranges: readonly Range[];
}

/** Undefined when a brace is not part of a `{min..max}` of whole numbers with min not above max. */
export function parsePathTemplate(path: string): PathTemplate | undefined {
  const literals: string[] = [];
  const ranges: Range[] = [];
  let from = 0;
  for (const match of path.matchAll(RANGE)) {
    const range: Range = [Number(match[1]), Number(match[2])];
    if (range[0] > range[1]) return undefined;
    literals.push(path.slice(from, match.index));
    ranges.push(range);
    from = match.index + match[0].length;
  }
  literals.push(path.slice(from));
  return literals.some((literal) => /[{}]/.test(literal)) ? undefined : { literals, ranges };
}

/** Draws one number for each range. */
export function fillPathTemplate(template: PathTemplate, random: Random): string {
  let path = template.literals[0] ?? '';
  for (let index = 0; index < template.ranges.length; index++) {
    const [min, max] = template.ranges[index] ?? [0, 0];
    path += String(random.integer(min, max)) + (template.literals[index + 1] ?? '');
  }
  return path;
}

const RANGE = /\{(\d{1,9})\.\.(\d{1,9})\}/g;
