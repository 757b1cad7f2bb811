import type { Tag } from '../tags.ts';

/** A tag by the names of Elastic Load Balancing. */
export interface ElbTag {
  readonly Key: string;
  readonly Value?: string;
}

export function toTags(tags: readonly ElbTag[]): readonly Tag[] {
  return tags.map(({ Key, Value }) => ({ key: Key, value: Value ?? '' }));
}

export function fromTags(tags: readonly Required<Tag>[]): readonly ElbTag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
