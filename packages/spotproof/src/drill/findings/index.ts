import type { Finding } from '../report-document.ts';
import { eventRules } from './events.ts';
import { loadRules } from './load.ts';
import { strengthRules } from './strength.ts';
import { taskRules } from './tasks.ts';
import type { FindingFacts } from './types.ts';

/** What the drill has found, problems first. */
export function findAll(facts: FindingFacts): readonly Finding[] {
  const findings = [...loadRules, ...strengthRules, ...taskRules, ...eventRules].flatMap((rule) => rule(facts) ?? []);
  return [...findings.filter(({ severity }) => severity === 'problem'), ...findings.filter(({ severity }) => severity === 'note')];
}
