import { EFFECT_OUTCOMES, type WorkRecord } from '../../work/work-record.ts';
import { parseLines, type Fields, type ParsedRecords, numberOf, textOf } from '../records.ts';

/** Reads the text of `work.ndjson`. */
export function parseWorkRecords(text: string): ParsedRecords<WorkRecord> {
  return parseLines(text, workRecord);
}

function workRecord(fields: Fields): WorkRecord | undefined {
  const at = numberOf(fields, 'at');
  const work = textOf(fields, 'work');
  if (at === undefined || work === undefined) return undefined;
  const told = { at, work, task: textOf(fields, 'task') };
  if (fields['type'] === 'expected') return { type: 'expected', ...told };
  const outcome = EFFECT_OUTCOMES.find((known) => known === fields['outcome']);
  if (fields['type'] !== 'effect' || outcome === undefined) return undefined;
  return { type: 'effect', ...told, key: textOf(fields, 'key'), outcome };
}
