import type { LabOptions } from '../../verdict/lab-run.ts';
import type { LabFlags } from './flags.ts';
import { invalid } from './values.ts';

/** What only a local AWS can do. @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first such option. */
export function checkWithoutAws({ awsPort, delivery, controller, profile }: LabFlags): void {
  if (profile === 'event-late') {
    throw invalid(
      '--profile',
      'current, late or worst without --aws: when an event comes matters only to who listens for it, and only the local AWS sends events',
      profile,
    );
  }
  if (delivery !== undefined) throw invalid('--delivery', 'given with --aws: without it nobody could listen for events', delivery);
  if (awsPort !== undefined) throw invalid('--aws-port', 'given with --aws, which opens the endpoint', awsPort);
  if (controller === true) throw invalid('--controller', 'given with --aws: the controller works by AWS calls', '--controller');
}

/** What the local AWS cannot do, and what AWS does not take. @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first. */
export function checkForAws(flags: LabFlags, { faults, balancer, stopTimeoutMs }: LabOptions): void {
  const [fault] = faults;
  if (fault !== undefined)
    throw invalid(
      '--fault',
      "left out with --aws: a sick task stands behind a relay of the lab's own, which no AWS call knows of",
      flags.fault.join(' '),
    );
  if (balancer.nodes !== 1) throw invalid('--nodes', '1 with --aws: a load balancer of the local AWS has one address', String(balancer.nodes));
  if (balancer.listener === 'h2c') throw invalid('--listener', 'http or https with --aws: no listener of AWS speaks HTTP/2 without TLS', 'h2c');
  const { intervalMs, unhealthyThreshold } = balancer.healthCheck;
  seconds('--health-check (interval)', intervalMs, { min: 5, max: 300 });
  if (unhealthyThreshold < 2) throw invalid('--health-check (threshold)', '2 to 10 with --aws, as ELB takes it', String(unhealthyThreshold));
  seconds('--stop-timeout', stopTimeoutMs, { min: 2, max: 120 });
  seconds('--deregistration-delay', balancer.deregistrationDelayMs, { min: 0, max: 3600 });
}

/** AWS takes these in whole seconds. */
function seconds(option: string, milliseconds: number, { min, max }: { readonly min: number; readonly max: number }): void {
  const value = milliseconds / 1000;
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalid(option, `a whole number of seconds from ${min} to ${max} with --aws, as AWS takes it`, String(value));
}
