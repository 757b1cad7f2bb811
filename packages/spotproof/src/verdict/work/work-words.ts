import type { LabRun } from '../lab-run.ts';
import { count, list, seconds, thousands } from '../words.ts';
import type { WorkPiece, WorkReport } from './work-document.ts';

type Facts = Omit<WorkReport, 'summary' | 'fixes'>;

/** How the work came out, for a person: what went wrong is named. */
export function summaryOf(facts: Facts): string {
  const { expected, lost, doubled, unexpected, absorbed, refused } = facts;
  const [first = '', ...others] = [
    ...(lost === 0 ? [] : [`${was(lost)} lost (${names(facts, 'lost')})`]),
    ...(doubled === 0 ? [] : [`${was(doubled)} done more than once (${names(facts, 'doubled')})`]),
  ];
  const trouble = `${thousands(lost === 0 ? doubled : lost)} of ${count(expected + unexpected, 'piece')} of work ${first}${others.map((other) => ` and ${thousands(doubled)} ${other}`).join('')}`;
  const all = expected === 1 ? 'The one piece of work was done once' : `Each of ${count(expected, 'piece')} of work was done once`;
  return [
    `${first === '' ? (expected === 0 ? 'No work was said to be accepted' : all) : trouble}.`,
    ...(absorbed === 0
      ? []
      : [
          `${count(absorbed, 'repeat')} ${was(absorbed)} absorbed by ${absorbed === 1 ? 'its' : 'their'} idempotency key${absorbed === 1 ? '' : 's'}.`,
        ]),
    ...(refused === 0 ? [] : [`${count(refused, 'effect')} came under the key of other work and ${was(refused)} refused.`]),
    ...(unexpected === 0 ? [] : [`${count(unexpected, 'piece')} ${was(unexpected)} done that nobody had said to be accepted.`]),
  ].join(' ');
}

/** What to change about the app. */
export function fixesOf({ work }: LabRun, { doubled, lost, refused, pieces }: Facts): readonly string[] {
  const twice = pieces.filter(({ fate }) => fate === 'doubled');
  const withoutKey = twice.some(({ done }) => done.some(({ key }) => key === undefined));
  return [
    ...(doubled === 0 ? [] : [withoutKey ? FIX_NO_KEY : FIX_OTHER_KEYS]),
    ...(lost === 0
      ? []
      : [
          `Record work durably before it is accepted, and have another task take it over, which must not take longer than the wait for open work (--work-wait, ${seconds(work?.waitMs ?? 0)}).`,
        ]),
    ...(refused === 0 ? [] : ['Make an idempotency key of everything that tells one piece of work from another.']),
  ];
}

/** `order-7 and order-9`, `order-1, order-2, order-3 and 14 more`. */
function names({ pieces, ...figures }: Facts, fate: 'lost' | 'doubled'): string {
  const found = pieces.filter((piece) => piece.fate === fate).map(({ work }: WorkPiece) => work);
  const shown = found.slice(0, NAMED);
  const more = figures[fate] - shown.length;
  return list(more === 0 ? shown : [...shown, `${thousands(more)} more`]);
}

function was(amount: number): 'was' | 'were' {
  return amount === 1 ? 'was' : 'were';
}

const NAMED = 5;
const FIX_NO_KEY =
  'Send each effect under an idempotency key that is the same in every attempt, or keep it and the note that it is done in one transaction.';
const FIX_OTHER_KEYS = 'Each attempt used a key of its own: make the key of the work alone, so that it is the same in every attempt.';
