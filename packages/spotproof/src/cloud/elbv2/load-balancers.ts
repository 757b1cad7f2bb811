import { epochNow } from '../../epoch.ts';
import { type Account, arn, uniqueSuffix } from '../account.ts';
import type { Subnets } from '../subnets.ts';
import type { Tags } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import {
  type Attribute,
  defaultAttributes,
  listAttributes,
  LOAD_BALANCER_ATTRIBUTES,
  NETWORK_LOAD_BALANCER_ATTRIBUTES,
  setAttributes,
} from './attributes.ts';
import { addressForLoadBalancer, type LoadBalancer } from './load-balancer.ts';
import { type ElbTag, toTags } from './elb-tags.ts';

export interface CreateLoadBalancerInput {
  readonly Name: string;
  readonly Subnets?: readonly string[];
  readonly SubnetMappings?: readonly { readonly SubnetId?: string }[];
  readonly SecurityGroups?: readonly string[];
  readonly Scheme?: string;
  readonly Type?: string;
  readonly Tags?: readonly ElbTag[];
}

/** Application and Network Load Balancers: names and settings. What listens are their listeners. */
export class LoadBalancers {
  readonly #account: Account;
  readonly #subnets: Subnets;
  readonly #tags: Tags;
  readonly #all = new Map<string, LoadBalancer>();

  constructor(options: { readonly account: Account; readonly subnets: Subnets; readonly tags: Tags }) {
    this.#account = options.account;
    this.#subnets = options.subnets;
    this.#tags = options.tags;
  }

  get all(): readonly LoadBalancer[] {
    return [...this.#all.values()];
  }

  /** @throws {CloudFault} */
  get(loadBalancerArn: string): LoadBalancer {
    const found = this.#all.get(loadBalancerArn);
    if (found === undefined) throw notFound();
    return found;
  }

  async create(input: CreateLoadBalancerInput): Promise<object> {
    const { Name, Scheme = 'internet-facing', Type = 'application', SecurityGroups = [], Tags = [] } = input;
    const subnets = input.Subnets ?? (input.SubnetMappings ?? []).flatMap(({ SubnetId }) => (SubnetId === undefined ? [] : [SubnetId]));
    if (Type !== 'application' && Type !== 'network')
      throw new CloudFault('InvalidConfigurationRequest', `Only application and network load balancers are served here, got ${Type}.`);
    const kind = KINDS[Type];
    if (!/^(?!internal-)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(Name))
      throw new CloudFault(
        'ValidationError',
        `The load balancer name '${Name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
      );
    if (new Set(subnets.map((subnet) => this.#subnets.zoneOf(subnet))).size < kind.leastZones)
      throw new CloudFault('ValidationError', kind.tooFewZones);
    const known = this.all.find(({ name }) => name === Name);
    if (known !== undefined) {
      if (known.type === Type && known.scheme === Scheme && known.subnets.join() === subnets.join())
        return { LoadBalancers: [this.#describe(known)] };
      throw new CloudFault('DuplicateLoadBalancerName', `A load balancer with the same name '${Name}' exists, but with different settings`);
    }
    const host = await addressForLoadBalancer(new Set(this.all.map((balancer) => balancer.host)));
    const balancer: LoadBalancer = {
      arn: arn(this.#account, 'elasticloadbalancing', `loadbalancer/${kind.inArn}/${Name}/${uniqueSuffix()}`),
      name: Name,
      type: Type,
      scheme: Scheme,
      subnets,
      securityGroups: SecurityGroups,
      createdAt: epochNow(),
      host,
      attributes: defaultAttributes(kind.attributes),
      listeners: new Map(),
    };
    this.#tags.add(balancer.arn, toTags(Tags));
    this.#all.set(balancer.arn, balancer);
    return { LoadBalancers: [this.#describe(balancer)] };
  }

  describe({ LoadBalancerArns, Names }: { readonly LoadBalancerArns?: readonly string[]; readonly Names?: readonly string[] }): object {
    if (LoadBalancerArns === undefined && Names === undefined) return { LoadBalancers: this.all.map((balancer) => this.#describe(balancer)) };
    const byArn = (LoadBalancerArns ?? []).map((one) => this.get(one));
    const byName = (Names ?? []).map((wanted) => {
      const found = this.all.find(({ name }) => name === wanted);
      if (found === undefined) throw new CloudFault('LoadBalancerNotFound', `Load balancers '[${wanted}]' not found`);
      return found;
    });
    return { LoadBalancers: [...byArn, ...byName].map((balancer) => this.#describe(balancer)) };
  }

  /** The load balancer as it was; undefined when there is none, which is no fault (DeleteLoadBalancer). */
  delete(loadBalancerArn: string): LoadBalancer | undefined {
    const balancer = this.#all.get(loadBalancerArn);
    if (balancer?.attributes.get('deletion_protection.enabled') === 'true')
      throw new CloudFault('OperationNotPermitted', `Load balancer '${loadBalancerArn}' cannot be deleted because deletion protection is enabled`);
    this.#all.delete(loadBalancerArn);
    this.#tags.forget(loadBalancerArn);
    return balancer;
  }

  modifyAttributes(loadBalancerArn: string, attributes: readonly Attribute[]): object {
    const balancer = this.get(loadBalancerArn);
    setAttributes(balancer.attributes, attributes, KINDS[balancer.type].attributes, 'Load balancer');
    return this.attributes(loadBalancerArn);
  }

  attributes(loadBalancerArn: string): object {
    return { Attributes: listAttributes(this.get(loadBalancerArn).attributes) };
  }

  #describe({ arn: LoadBalancerArn, name, type, scheme, subnets, securityGroups, createdAt, host }: LoadBalancer): object {
    return {
      LoadBalancerArn,
      DNSName: host,
      CanonicalHostedZoneId: 'Z00000000000000000000',
      CreatedTime: new Date(createdAt),
      LoadBalancerName: name,
      Scheme: scheme,
      VpcId: 'vpc-spotproof',
      State: { Code: 'active' },
      Type: type,
      AvailabilityZones: subnets.map((SubnetId) => ({ ZoneName: this.#subnets.zoneOf(SubnetId), SubnetId, LoadBalancerAddresses: [] })),
      SecurityGroups: securityGroups,
      IpAddressType: 'ipv4',
    };
  }
}

const KINDS = {
  application: {
    inArn: 'app',
    leastZones: 2,
    tooFewZones: 'At least two subnets in two different Availability Zones must be specified',
    attributes: LOAD_BALANCER_ATTRIBUTES,
  },
  network: { inArn: 'net', leastZones: 1, tooFewZones: 'At least one subnet must be specified', attributes: NETWORK_LOAD_BALANCER_ATTRIBUTES },
} as const;

function notFound(): CloudFault {
  return new CloudFault('LoadBalancerNotFound', 'One or more load balancers not found');
}
