import { randomBytes } from 'node:crypto';

/** Whose cloud it is, and where. */
export interface Account {
  /** Twelve digits. */
  readonly id: string;
  readonly region: string;
}

/** `arn:aws:ecs:eu-west-1:111122223333:cluster/web` */
export function arn({ id, region }: Account, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${id}:${resource}`;
}

/** What AWS appends to names to make them unique: 16 hexadecimal digits. */
export function uniqueSuffix(): string {
  return randomBytes(8).toString('hex');
}

export function zonesOf({ region }: Account): readonly string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
}
