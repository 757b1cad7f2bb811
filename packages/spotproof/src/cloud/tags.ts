import { CloudFault } from './wire/fault.ts';

export interface Tag {
  readonly key?: string;
  readonly value?: string;
}

/** The tags of one service's resources, by ARN. */
export class Tags {
  readonly #byArn = new Map<string, Map<string, string>>();
  readonly #invalidCode: string;

  /** @param invalidCode The code of a refusal. */
  constructor(invalidCode: string) {
    this.#invalidCode = invalidCode;
  }

  /** For what is made before it is tagged. @throws {CloudFault} for a key of AWS's own, or more than 50 tags. */
  check(tags: readonly Tag[], before: readonly Tag[] = []): void {
    if (tags.some(({ key = '' }) => key.toLowerCase().startsWith('aws:')))
      throw new CloudFault(this.#invalidCode, 'Tag keys that start with aws: are reserved for internal use by AWS.');
    const keys = new Set([...before, ...tags].map(({ key = '' }) => key).filter((key) => !key.startsWith('aws:')));
    if (keys.size > MOST_TAGS) throw new CloudFault(this.#invalidCode, `A resource can have at most ${MOST_TAGS} tags.`);
  }

  /** @throws {CloudFault} like `check`; then nothing is changed. */
  add(arn: string, tags: readonly Tag[]): void {
    this.check(tags, this.of(arn));
    this.give(arn, tags);
  }

  /** What AWS tags by itself, or has from elsewhere. */
  give(arn: string, tags: readonly Tag[]): void {
    const all = new Map(this.#byArn.get(arn));
    for (const { key = '', value = '' } of tags) all.set(key, value);
    this.#byArn.set(arn, all);
  }

  remove(arn: string, keys: readonly string[]): void {
    for (const key of keys) this.#byArn.get(arn)?.delete(key);
  }

  forget(arn: string): void {
    this.#byArn.delete(arn);
  }

  of(arn: string): readonly Required<Tag>[] {
    return Array.from(this.#byArn.get(arn) ?? [], ([key, value]) => ({ key, value }));
  }
}

/** "Maximum number of tags per resource: 50" (API type Tag). */
const MOST_TAGS = 50;
