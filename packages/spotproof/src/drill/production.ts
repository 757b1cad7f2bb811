/** A name, or a tag as `key=value`, that says that this is production; undefined when none does. */
export function saysProduction(names: readonly string[], tags: Readonly<Record<string, string>>): string | undefined {
  const name = names.find(hasProductionWord);
  if (name !== undefined) return name;
  const tag = Object.entries(tags).find(([key, value]) => ENVIRONMENT_TAGS.has(key.toLowerCase()) && hasProductionWord(value));
  return tag === undefined ? undefined : `${tag[0]}=${tag[1]}`;
}

/** `api-prod`, `ProdCluster` and `live` have one; `product`, `delivery` and `reproduction` have none. */
function hasProductionWord(text: string): boolean {
  const words = text
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z]+/);
  return words.some((word) => PRODUCTION.has(word));
}

const PRODUCTION: ReadonlySet<string> = new Set(['prod', 'production', 'prd', 'live']);
const ENVIRONMENT_TAGS: ReadonlySet<string> = new Set(['environment', 'env', 'stage']);
