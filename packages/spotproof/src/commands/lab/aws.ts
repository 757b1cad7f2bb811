import type { DeliveryProfile } from '@spotproof/world';
import { tryToListen } from '../../cloud/elbv2/listen-address.ts';
import { modulePath } from '../../lab/module-path.ts';
import type { MakeStage } from '../../lab/stage.ts';
import { awsStage } from '../../lab-aws/aws-stage.ts';
import type { LabOptions } from '../../verdict/lab-run.ts';
import { checkForAws, checkWithoutAws } from './check-aws.ts';
import type { LabFlags } from './flags.ts';
import { invalid, parseChoice, parseWhole } from './values.ts';

/**
 * The stage that `--aws` asks for; undefined for a run in a cloud of its own.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for an option that has no meaning here, and for one that says what AWS does not take.
 */
export async function awsStageOf(flags: LabFlags, runs: readonly LabOptions[]): Promise<MakeStage | undefined> {
  if (flags.aws !== true) {
    checkWithoutAws(flags);
    return undefined;
  }
  for (const options of runs) checkForAws(flags, options);
  const port = parseWhole('--aws-port', flags.awsPort ?? '0', { min: 0, max: 65_535 });
  if ((await tryToListen('127.0.0.1', port)) !== 'free')
    throw invalid('--aws-port', 'a port of 127.0.0.1 that is free and that you may open', String(port));
  return awsStage({
    port,
    delivery: deliveryOf(flags),
    controllerModule: flags.controller === true ? modulePath(import.meta.url, '../controller/process/main') : undefined,
  });
}

function deliveryOf({ delivery, profile }: LabFlags): DeliveryProfile {
  return parseChoice('--delivery', delivery ?? (profile === 'event-late' ? 'event-late' : 'prompt'), [
    'prompt',
    'typical',
    'event-late',
    'lossy',
    'silent',
  ]);
}
