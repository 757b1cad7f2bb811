/** Which zone a subnet is in: what its name ends with, or else the zones in turn. There is no network here, so every name is a subnet. */
export class Subnets {
  readonly #zones: readonly string[];
  readonly #known = new Map<string, string>();

  constructor(zones: readonly string[]) {
    this.#zones = zones;
  }

  zoneOf(subnet: string): string {
    const zone =
      this.#known.get(subnet) ?? this.#zones.find((name) => subnet.endsWith(name)) ?? this.#zones[this.#known.size % this.#zones.length] ?? '';
    this.#known.set(subnet, zone);
    return zone;
  }
}
