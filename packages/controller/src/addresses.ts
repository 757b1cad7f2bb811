/** By which a target group of type `ip` may know a task: which of them is for the target group to say, by its own kind of addresses. */
export interface Addresses {
  readonly privateIpv4Address: string | undefined;
  readonly ipv6Address: string | undefined;
}

export function addressesOf({ privateIpv4Address, ipv6Address }: Addresses): readonly string[] {
  return [privateIpv4Address, ipv6Address].filter((address) => address !== undefined);
}
