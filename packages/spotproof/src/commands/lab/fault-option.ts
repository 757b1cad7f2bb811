import { FAULT_KINDS, type PlannedFault } from '../../verdict/fault.ts';
import { invalid, parseDuration } from './values.ts';

/** `hang`, `5xx@10s`, `slow=5s@3s,30s`, `stall@3s,20s,task-2`: what, when after the control phase, for how long, and on which task. Throws `SPOTPROOF_CONFIG_INVALID`. */
export function parseFault(text: string): PlannedFault {
  const [what = '', ...rest] = text.split(',').map((part) => part.trim());
  const match = /^([a-z0-9]+)(?:=([^@]+))?(?:@(.+))?$/.exec(what);
  const kind = FAULT_KINDS.find((known) => known === match?.[1]);
  const taskIds = rest.filter((part) => /^task-[1-9]\d*$/.test(part));
  const lengths = rest.filter((part) => !taskIds.includes(part));
  if (kind === undefined || taskIds.length > 1 || lengths.length > 1 || (match?.[2] !== undefined && kind !== 'slow'))
    throw invalid('--fault', EXPECTED, text);
  const time = (value: string, min: number): number => {
    try {
      return parseDuration('--fault', value, { min, max: HOUR_MS });
    } catch (error) {
      throw invalid('--fault', EXPECTED, text, error);
    }
  };
  return {
    kind,
    atMs: time(match?.[3] ?? '3s', 0),
    lengthMs: lengths[0] === undefined ? undefined : time(lengths[0], 1),
    delayMs: kind === 'slow' ? time(match?.[2] ?? '2s', 1) : 0,
    taskId: taskIds[0],
  };
}

const EXPECTED = `${FAULT_KINDS.join(', ')} with a time, a length and a task where wanted, such as hang@10s, slow=5s@3s or stall@3s,20s,task-2`;
const HOUR_MS = 3_600_000;
