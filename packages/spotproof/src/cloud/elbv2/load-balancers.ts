import { epochNow } from '../../epoch.ts';
import { type Account, arn, uniqueSuffix } from '../account.ts';
import type { Subnets } from '../subnets.ts';
import type { Tags } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import { type Attribute, defaultAttributes, listAttributes, LOAD_BALANCER_ATTRIBUTES, setAttributes } from './attributes.ts';
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

/** Application Load Balancers: names and settings. What listens are their listeners. */
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
    if (Type !== 'application') throw new CloudFault('InvalidConfigurationRequest', `Only application load balancers are served here, got ${Type}.`);
    if (!/^(?!internal-)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(Name))
      throw new CloudFault(
        'ValidationError',
        `The load balancer name '${Name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
      );
    if (new Set(subnets.map((subnet) => this.#subnets.zoneOf(subnet))).size < 2)
      throw new CloudFault('ValidationError', 'At least two subnets in two different Availability Zones must be specified');
    const known = this.all.find(({ name }) => name === Name);
    if (known !== undefined) {
      if (known.scheme === Scheme && known.subnets.join() === subnets.join()) return { LoadBalancers: [this.#describe(known)] };
      throw new CloudFault('DuplicateLoadBalancerName', `A load balancer with the same name '${Name}' exists, but with different settings`);
    }
    const host = await addressForLoadBalancer(new Set(this.all.map((balancer) => balancer.host)));
    const balancer: LoadBalancer = {
      arn: arn(this.#account, 'elasticloadbalancing', `loadbalancer/app/${Name}/${uniqueSuffix()}`),
      name: Name,
      scheme: Scheme,
      subnets,
      securityGroups: SecurityGroups,
      createdAt: epochNow(),
      host,
      attributes: defaultAttributes(LOAD_BALANCER_ATTRIBUTES),
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
    setAttributes(balancer.attributes, attributes, LOAD_BALANCER_ATTRIBUTES, 'Load balancer');
    return this.attributes(loadBalancerArn);
  }

  attributes(loadBalancerArn: string): object {
    return { Attributes: listAttributes(this.get(loadBalancerArn).attributes) };
  }

  #describe({ arn: LoadBalancerArn, name, scheme, subnets, securityGroups, createdAt, host }: LoadBalancer): object {
    return {
      LoadBalancerArn,
      DNSName: host,
      CanonicalHostedZoneId: 'Z00000000000000000000',
      CreatedTime: new Date(createdAt),
      LoadBalancerName: name,
      Scheme: scheme,
      VpcId: 'vpc-spotproof',
      State: { Code: 'active' },
      Type: 'application',
      AvailabilityZones: subnets.map((SubnetId) => ({ ZoneName: this.#subnets.zoneOf(SubnetId), SubnetId, LoadBalancerAddresses: [] })),
      SecurityGroups: securityGroups,
      IpAddressType: 'ipv4',
    };
  }
}

function notFound(): CloudFault {
  return new CloudFault('LoadBalancerNotFound', 'One or more load balancers not found');
}
