import { uniqueSuffix } from '../account.ts';
import type { Tags } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import {
  type Attribute,
  type AttributeRules,
  defaultAttributes,
  listAttributes,
  LISTENER_ATTRIBUTES,
  NETWORK_LISTENER_ATTRIBUTES,
  setAttributes,
} from './attributes.ts';
import { type ElbTag, toTags } from './elb-tags.ts';
import { tryToListen } from './listen-address.ts';
import type { Listener, LoadBalancer } from './load-balancer.ts';
import type { LoadBalancers } from './load-balancers.ts';
import type { TargetGroup } from './target-group.ts';
import type { TargetGroups } from './target-groups.ts';

export interface CreateListenerInput {
  readonly LoadBalancerArn: string;
  readonly Protocol?: string;
  readonly Port?: number;
  readonly Certificates?: readonly object[];
  readonly DefaultActions: readonly ActionInput[];
  readonly Tags?: readonly ElbTag[];
}

interface ActionInput {
  readonly Type: string;
  readonly TargetGroupArn?: string;
  readonly ForwardConfig?: { readonly TargetGroups?: readonly { readonly TargetGroupArn?: string }[] };
}

/** Listeners, each of which forwards all requests to one target group. */
export class Listeners {
  readonly #balancers: LoadBalancers;
  readonly #groups: TargetGroups;
  readonly #tags: Tags;

  constructor(options: { readonly balancers: LoadBalancers; readonly groups: TargetGroups; readonly tags: Tags }) {
    this.#balancers = options.balancers;
    this.#groups = options.groups;
    this.#tags = options.tags;
  }

  async create({ LoadBalancerArn, Protocol, Port, Certificates, DefaultActions, Tags = [] }: CreateListenerInput): Promise<object> {
    const balancer = this.#balancers.get(LoadBalancerArn);
    const protocol = listenerProtocol(balancer, Protocol);
    if (Port === undefined) throw new CloudFault('ValidationError', 'A listener port must be specified');
    if (protocol === 'HTTPS' && (Certificates ?? []).length === 0)
      throw new CloudFault('ValidationError', 'A certificate must be specified for HTTPS listeners');
    const group = this.#groups.get(forwardsTo(DefaultActions));
    if ((group.protocol === 'TCP') !== (protocol === 'TCP'))
      throw new CloudFault('IncompatibleProtocols', `The listener and its associated target group '${group.arn}' have incompatible protocols`);
    if (group.protocolVersion !== 'HTTP1' && protocol === 'HTTP')
      throw new CloudFault(
        'InvalidLoadBalancerAction',
        `Listener protocol 'HTTP' is not supported with a target group with the protocol-version '${group.protocolVersion}'`,
      );
    if ([...balancer.listeners.values()].some((listener) => listener.port === Port))
      throw new CloudFault('DuplicateListener', 'A listener already exists on this port for this load balancer');
    this.#tags.check(toTags(Tags));
    await checkAddress(balancer.host, Port);
    const listener: Listener = {
      arn: `${LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${uniqueSuffix()}`,
      port: Port,
      protocol,
      targetGroupArn: group.arn,
      actions: DefaultActions.map((action, index) => ({ Order: index + 1, ...action, TargetGroupArn: group.arn })),
      certificates: Certificates,
      attributes: defaultAttributes(attributeRules(balancer)),
    };
    balancer.listeners.set(listener.arn, listener);
    try {
      await this.#start(balancer, listener);
    } catch (error) {
      balancer.listeners.delete(listener.arn);
      throw error;
    }
    this.#tags.add(listener.arn, toTags(Tags));
    return { Listeners: [describe(balancer, listener)] };
  }

  describe({ LoadBalancerArn, ListenerArns }: { readonly LoadBalancerArn?: string; readonly ListenerArns?: readonly string[] }): object {
    if (LoadBalancerArn !== undefined) {
      const balancer = this.#balancers.get(LoadBalancerArn);
      return { Listeners: [...balancer.listeners.values()].map((listener) => describe(balancer, listener)) };
    }
    if (ListenerArns === undefined) throw new CloudFault('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
    return {
      Listeners: ListenerArns.map((listenerArn) => {
        const found = this.#find(listenerArn);
        if (found === undefined) throw new CloudFault('ListenerNotFound', 'One or more listeners not found');
        return describe(found.balancer, found.listener);
      }),
    };
  }

  attributes(listenerArn: string): object {
    return { Attributes: listAttributes(this.#get(listenerArn).listener.attributes) };
  }

  async modifyAttributes(listenerArn: string, attributes: readonly Attribute[]): Promise<object> {
    const { balancer, listener } = this.#get(listenerArn);
    const before = [...listener.attributes].join();
    setAttributes(listener.attributes, attributes, attributeRules(balancer), 'Listener');
    if ([...listener.attributes].join() !== before) await this.restart((_, { arn }) => arn === listenerArn);
    return this.attributes(listenerArn);
  }

  async delete(listenerArn: string): Promise<object> {
    const { balancer, listener } = this.#get(listenerArn);
    await this.#stop(balancer, listener);
    return {};
  }

  async deleteAllOf(balancer: LoadBalancer): Promise<void> {
    await Promise.all([...balancer.listeners.values()].map((listener) => this.#stop(balancer, listener)));
  }

  /** The load balancers whose listeners forward to the group. */
  loadBalancersOf(group: TargetGroup): readonly LoadBalancer[] {
    return this.#balancers.all.filter(({ listeners }) => [...listeners.values()].some(({ targetGroupArn }) => targetGroupArn === group.arn));
  }

  /** A balancer is told how it works when it starts: what changes later needs a new one. Connections through the old one are cut. */
  async restart(isConcerned: (balancer: LoadBalancer, listener: Listener) => boolean): Promise<void> {
    for (const balancer of this.#balancers.all) {
      for (const listener of balancer.listeners.values()) {
        if (!isConcerned(balancer, listener)) continue;
        await this.#groups.stopListening(this.#groups.get(listener.targetGroupArn), listener.arn);
        await this.#start(balancer, listener);
      }
    }
  }

  async #start({ host, attributes }: LoadBalancer, { arn, port, protocol, targetGroupArn, attributes: own }: Listener): Promise<void> {
    const all = new Map([...attributes, ...own]);
    await this.#groups.listen(this.#groups.get(targetGroupArn), arn, { address: { host, port }, protocol, attributes: all });
  }

  async #stop(balancer: LoadBalancer, listener: Listener): Promise<void> {
    balancer.listeners.delete(listener.arn);
    this.#tags.forget(listener.arn);
    const group = this.#groups.find(listener.targetGroupArn);
    if (group !== undefined) await this.#groups.stopListening(group, listener.arn);
  }

  #get(listenerArn: string): { readonly balancer: LoadBalancer; readonly listener: Listener } {
    const found = this.#find(listenerArn);
    if (found === undefined) throw new CloudFault('ListenerNotFound', `Listener '${listenerArn}' not found`);
    return found;
  }

  #find(listenerArn: string): { readonly balancer: LoadBalancer; readonly listener: Listener } | undefined {
    for (const balancer of this.#balancers.all) {
      const listener = balancer.listeners.get(listenerArn);
      if (listener !== undefined) return { balancer, listener };
    }
    return undefined;
  }
}

/** @throws {CloudFault} for what load balancers of this type do not listen for, on AWS or here. */
function listenerProtocol({ type }: LoadBalancer, protocol: string | undefined): Listener['protocol'] {
  if (type === 'application') {
    if (protocol === 'HTTP' || protocol === 'HTTPS') return protocol;
    throw new CloudFault('ValidationError', `Listener protocol '${protocol}' must be one of 'HTTPS, HTTP'`);
  }
  if (protocol === 'TCP') return protocol;
  if (protocol === undefined || protocol === 'HTTP' || protocol === 'HTTPS')
    throw new CloudFault('ValidationError', `Listener protocol '${protocol}' must be one of 'TLS, TCP, TCP_UDP, UDP'`);
  throw new CloudFault('InvalidConfigurationRequest', `Listeners of network load balancers are of protocol TCP here, got ${protocol}.`);
}

function attributeRules({ type }: LoadBalancer): AttributeRules {
  return type === 'network' ? NETWORK_LISTENER_ATTRIBUTES : LISTENER_ATTRIBUTES;
}

function forwardsTo(actions: readonly ActionInput[]): string {
  const [action, ...rest] = actions;
  const groups = action?.ForwardConfig?.TargetGroups ?? [];
  const targetGroupArn = action?.TargetGroupArn ?? groups[0]?.TargetGroupArn;
  if (action === undefined || action.Type !== 'forward' || rest.length > 0 || groups.length > 1 || targetGroupArn === undefined)
    throw new CloudFault('InvalidLoadBalancerAction', 'A listener here has one default action, which forwards to one target group.');
  return targetGroupArn;
}

async function checkAddress(host: string, port: number): Promise<void> {
  const answer = await tryToListen(host, port);
  if (answer === 'free') return;
  const why =
    answer === 'not-allowed'
      ? 'this user may not listen on so low a port'
      : answer === 'taken'
        ? 'something listens there already'
        : 'there is no such address';
  throw new CloudFault('InvalidConfigurationRequest', `No listener can be made at ${host}:${port} of this machine: ${why}. Choose another port.`);
}

function describe(balancer: LoadBalancer, { arn, port, protocol, actions, certificates }: Listener): object {
  return { ListenerArn: arn, LoadBalancerArn: balancer.arn, Port: port, Protocol: protocol, DefaultActions: actions, Certificates: certificates };
}
