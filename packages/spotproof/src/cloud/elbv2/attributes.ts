import { CloudFault } from '../wire/fault.ts';
import { ownEntry } from '../wire/service-model.ts';

export interface Attribute {
  readonly Key?: string;
  readonly Value?: string;
}

/** One attribute: its default, and which other values it may have here. */
export interface AttributeRule {
  readonly default: string;
  readonly allows?: { readonly min: number; readonly max: number } | readonly string[] | 'anything';
}

export type AttributeRules = Readonly<Record<string, AttributeRule>>;

export function defaultAttributes(rules: AttributeRules): Map<string, string> {
  return new Map(Object.entries(rules).map(([key, rule]) => [key, rule.default]));
}

/** @throws {CloudFault} for a key that AWS does not know, a value out of its range, and one that is not modelled here. Then nothing is changed. */
export function setAttributes(attributes: Map<string, string>, given: readonly Attribute[], rules: AttributeRules, what: string): void {
  for (const { Key = '', Value = '' } of given) checkAttribute(Key, Value, rules, what);
  for (const { Key = '', Value = '' } of given) attributes.set(Key, Value);
}

export function listAttributes(attributes: ReadonlyMap<string, string>): readonly Attribute[] {
  return Array.from(attributes, ([Key, Value]) => ({ Key, Value }));
}

function checkAttribute(key: string, value: string, rules: AttributeRules, what: string): void {
  const rule = ownEntry(rules, key);
  if (rule === undefined) throw new CloudFault('ValidationError', `${what} attribute key '${key}' is not recognized`);
  const { allows } = rule;
  if (allows === 'anything' || value === rule.default) return;
  if (allows === undefined)
    throw new CloudFault(
      'InvalidConfigurationRequest',
      `${what} attribute '${key}' can only be '${rule.default}' here: nothing else of it is modelled.`,
    );
  if ('min' in allows) {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= allows.min && number <= allows.max) return;
    throw new CloudFault('ValidationError', `${what} attribute '${key}' value must be between '${allows.min}' and '${allows.max}' inclusive`);
  }
  if (!allows.includes(value))
    throw new CloudFault('ValidationError', `${what} attribute '${key}' value must be one of ${allows.map((one) => `'${one}'`).join(', ')}`);
}

const SWITCH = ['true', 'false'];

/** API type LoadBalancerAttribute. What decides about logs, firewalls and zonal shifts is kept and has no effect: no request goes otherwise for it. */
export const LOAD_BALANCER_ATTRIBUTES: AttributeRules = {
  'access_logs.s3.enabled': { default: 'false', allows: SWITCH },
  'access_logs.s3.bucket': { default: '', allows: 'anything' },
  'access_logs.s3.prefix': { default: '', allows: 'anything' },
  'connection_logs.s3.enabled': { default: 'false', allows: SWITCH },
  'connection_logs.s3.bucket': { default: '', allows: 'anything' },
  'connection_logs.s3.prefix': { default: '', allows: 'anything' },
  'client_keep_alive.seconds': { default: '3600', allows: { min: 60, max: 604_800 } },
  'deletion_protection.enabled': { default: 'false', allows: SWITCH },
  'idle_timeout.timeout_seconds': { default: '60', allows: { min: 1, max: 4000 } },
  'load_balancing.cross_zone.enabled': { default: 'true' },
  'routing.http.desync_mitigation_mode': { default: 'defensive' },
  'routing.http.drop_invalid_header_fields.enabled': { default: 'false' },
  'routing.http.preserve_host_header.enabled': { default: 'false' },
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': { default: 'false' },
  'routing.http.xff_client_port.enabled': { default: 'false' },
  'routing.http.xff_header_processing.mode': { default: 'append' },
  'routing.http2.enabled': { default: 'true' },
  'waf.fail_open.enabled': { default: 'false', allows: SWITCH },
  'zonal_shift.config.enabled': { default: 'false', allows: SWITCH },
};

/** The same for a Network Load Balancer. One address here stands for all zones, so nothing of it has an effect but the protection. */
export const NETWORK_LOAD_BALANCER_ATTRIBUTES: AttributeRules = {
  'access_logs.s3.enabled': { default: 'false', allows: SWITCH },
  'access_logs.s3.bucket': { default: '', allows: 'anything' },
  'access_logs.s3.prefix': { default: '', allows: 'anything' },
  'deletion_protection.enabled': { default: 'false', allows: SWITCH },
  'dns_record.client_routing_policy': {
    default: 'any_availability_zone',
    allows: ['any_availability_zone', 'availability_zone_affinity', 'partial_availability_zone_affinity'],
  },
  'ipv6.deny_all_igw_traffic': { default: 'false' },
  'load_balancing.cross_zone.enabled': { default: 'false', allows: SWITCH },
  'secondary_ips.auto_assigned.per_subnet': { default: '0' },
  'zonal_shift.config.enabled': { default: 'false', allows: SWITCH },
};

/** API type ListenerAttribute: what listeners of an Application Load Balancer do to headers is not modelled. */
export const LISTENER_ATTRIBUTES: AttributeRules = {
  'routing.http.response.server.enabled': { default: 'true' },
  ...Object.fromEntries(
    [
      ...['serial_number', 'issuer', 'subject', 'validity', 'leaf'].map((part) => `request.x_amzn_mtls_clientcert_${part}.header_name`),
      ...['mtls_clientcert', 'tls_version', 'tls_cipher_suite'].map((name) => `request.x_amzn_${name}.header_name`),
      ...['origin', 'methods', 'headers', 'credentials'].map((what) => `response.access_control_allow_${what}.header_value`),
      ...['strict_transport_security', 'access_control_expose_headers', 'access_control_max_age'].map((name) => `response.${name}.header_value`),
      ...['content_security_policy', 'x_content_type_options', 'x_frame_options'].map((name) => `response.${name}.header_value`),
    ].map((name): [string, AttributeRule] => [`routing.http.${name}`, { default: '' }]),
  ),
};

/** The same for a listener of a Network Load Balancer. */
export const NETWORK_LISTENER_ATTRIBUTES: AttributeRules = {
  'tcp.idle_timeout.seconds': { default: '350', allows: { min: 60, max: 6000 } },
};

/** API type TargetGroupAttribute. */
export const TARGET_GROUP_ATTRIBUTES: AttributeRules = {
  'deregistration_delay.timeout_seconds': { default: '300', allows: { min: 0, max: 3600 } },
  'load_balancing.algorithm.type': { default: 'round_robin', allows: ['round_robin', 'least_outstanding_requests'] },
  'load_balancing.algorithm.anomaly_mitigation': { default: 'off' },
  'load_balancing.cross_zone.enabled': { default: 'use_load_balancer_configuration', allows: SWITCH },
  'slow_start.duration_seconds': { default: '0' },
  'stickiness.enabled': { default: 'false' },
  'stickiness.type': { default: 'lb_cookie', allows: ['lb_cookie', 'app_cookie'] },
  'stickiness.lb_cookie.duration_seconds': { default: '86400', allows: 'anything' },
  'stickiness.app_cookie.cookie_name': { default: '', allows: 'anything' },
  'stickiness.app_cookie.duration_seconds': { default: '86400', allows: 'anything' },
  'target_group_health.dns_failover.minimum_healthy_targets.count': { default: '1' },
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': { default: 'off' },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': { default: '1' },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': { default: 'off' },
};

/** The same for a target group of protocol TCP, whose targets are addresses. */
export const NETWORK_TARGET_GROUP_ATTRIBUTES: AttributeRules = {
  'deregistration_delay.connection_termination.enabled': { default: 'false', allows: SWITCH },
  'deregistration_delay.timeout_seconds': { default: '300', allows: { min: 0, max: 3600 } },
  'load_balancing.cross_zone.enabled': { default: 'use_load_balancer_configuration', allows: SWITCH },
  'preserve_client_ip.enabled': { default: 'false' },
  'proxy_protocol_v2.enabled': { default: 'false', allows: SWITCH },
  'stickiness.enabled': { default: 'false' },
  'stickiness.type': { default: 'source_ip' },
  'target_group_health.dns_failover.minimum_healthy_targets.count': { default: '1' },
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': { default: 'off' },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': { default: '1' },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': { default: 'off' },
  'target_health_state.unhealthy.connection_termination.enabled': { default: 'true', allows: SWITCH },
  'target_health_state.unhealthy.draining_interval_seconds': { default: '0' },
};
