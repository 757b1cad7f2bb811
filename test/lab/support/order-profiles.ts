/**
 * An order of deregistration and SIGTERM. AWS promises none, so a service has to bear all of them: the three that have been documented or seen, a normal
 * stop, and exact times up to `never`, where only the failing health check ends the traffic.
 */
export interface OrderProfile {
  /** As the lab calls it: a profile, or seconds from SIGTERM to deregistration. */
  readonly name: string;
  readonly flags: readonly string[];
  /** True when the balancer surely goes on sending after SIGTERM, at one request a second and target or more. */
  readonly sendsAfterSigterm: boolean;
}

export const ORDER_PROFILES: readonly OrderProfile[] = [
  { name: 'never', flags: exactly('never'), sendsAfterSigterm: true },
  { name: 'worst', flags: profile('worst'), sendsAfterSigterm: true },
  { name: 'late', flags: profile('late'), sendsAfterSigterm: false },
  { name: '+20', flags: exactly('20'), sendsAfterSigterm: true },
  { name: '+11', flags: exactly('11'), sendsAfterSigterm: true },
  { name: '+9', flags: exactly('9'), sendsAfterSigterm: true },
  { name: '+3', flags: exactly('3'), sendsAfterSigterm: false },
  { name: '0', flags: exactly('0'), sendsAfterSigterm: false },
  { name: 'current', flags: profile('current'), sendsAfterSigterm: false },
  { name: '-14', flags: exactly('-14'), sendsAfterSigterm: false },
];

function exactly(deregisterAfter: string): readonly string[] {
  return ['--deregister-after', deregisterAfter];
}

function profile(name: string): readonly string[] {
  return ['--profile', name];
}
