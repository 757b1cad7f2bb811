import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../../scripts/support/workspace.ts';

export const TRIALS = path.join(ROOT, 'trials');

/** One third-party server of trials/apps.json. */
export interface TrialApp {
  readonly name: string;
  /** Started in trials/. `{port}` is the task's port, as the lab fills it in; `{work}` a fresh copy of trials/apps/. */
  readonly command: readonly string[];
  /** Environment of the tasks; `{work}` as above. */
  readonly env?: Readonly<Record<string, string>>;
  readonly health: string;
  /** In the format of docs/reference/requests-file.md. */
  readonly requests: readonly object[];
  /** Present when it is known to lose requests even under --protect: why. */
  readonly limit?: string;
}

export async function trialApps(): Promise<readonly TrialApp[]> {
  return JSON.parse(await readFile(path.join(TRIALS, 'apps.json'), 'utf8')) as readonly TrialApp[];
}
