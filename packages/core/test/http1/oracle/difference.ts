import assert from 'node:assert/strict';
import { firstDifference, type Reading } from './reading.ts';

/** What both made of the same octets, and for a response the method that it answers. */
export interface Readings {
  readonly ours: Reading;
  readonly node: Reading;
  readonly asked?: string;
}

/** A way in which we rightly differ from node. */
export interface Difference {
  readonly name: string;
  /** Why we do as we do. */
  readonly reason: string;
  /** Octets on which we differ in this way. */
  readonly example: string;
  /** The method that the example answers, if it is a response. Default GET. */
  readonly asked?: string;
  /** Whether this is the way in which two readings of `wire` differ. */
  explains(readings: Readings & { readonly wire: string }): boolean;
}

/** Fails unless the readings agree, or differ in one of the ways that are known and meant. */
export function assertAgreement(wire: string, readings: Readings, known: readonly Difference[]): void {
  const difference = firstDifference(readings.ours, readings.node);
  if (difference === undefined || known.some((row) => row.explains({ ...readings, wire }))) return;
  assert.fail(`${difference}\nwire ${JSON.stringify(wire)}\n${JSON.stringify(readings, null, 1)}`);
}

/** Fails unless the readings of a row's example differ, and that row is the one to explain it: a row must not outlive its reason. */
export function assertExample(row: Difference, readings: Readings): void {
  assert.notEqual(firstDifference(readings.ours, readings.node), undefined, `node agrees by now: ${JSON.stringify(readings.ours)}`);
  assert.ok(row.explains({ ...readings, wire: row.example }), JSON.stringify(readings));
}
