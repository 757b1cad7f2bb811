import assert from 'node:assert/strict';
import test from 'node:test';
import { next } from '../../src/protocol/index.ts';
import { FAULTS } from '../support/faulty-next.ts';
import { type Protocol, explore } from './explorer.ts';
import type { Scenario } from './model.ts';

const EVERYTHING: Scenario = {
  callers: 2,
  may: ['renew', 'save', 'done', 'failed', 'failure', 'release'],
  checkpoints: 1,
  ticks: 3,
  copies: 0,
  keeps: false,
  operator: false,
};
const THREE: Scenario = { ...EVERYTHING, callers: 3, may: ['save', 'done'], ticks: 2 };
const COPIES: Scenario = { ...EVERYTHING, may: ['save', 'failure'], copies: 1 };
const OPERATED: Scenario = { ...EVERYTHING, may: ['save', 'failed'], keeps: true, operator: true };

/** For `npm run soak -- protocol`. */
const DEEP: Readonly<Record<string, Scenario>> = {
  'two copies under way': { ...COPIES, copies: 2 },
  'copies under way of all that a job does, for two leases': { ...EVERYTHING, may: ['renew', 'save', 'done', 'failure'], copies: 1, ticks: 4 },
  'three callers for two leases': { ...THREE, may: ['save', 'failure', 'done'], ticks: 4 },
};

for (const [what, scenario] of Object.entries({
  'two callers who do everything that there is, and are killed or go on too late': EVERYTHING,
  'three callers who save and finish': THREE,
  'copies of requests that arrive when the answer was given long ago': COPIES,
  'work that is kept, and an operator who removes and revives': OPERATED,
  ...(process.env['SPOTPROOF_EXPLORE'] === 'deep' ? DEEP : {}),
}))
  test(`no history breaks a promise: ${what}`, (context) => {
    const { states, steps, broken } = explore(scenario);

    context.diagnostic(`${states} states, ${steps} steps`);
    assert.equal(broken?.trace.join('\n'), undefined, broken?.promise);
    assert.ok(states > 10_000, 'the scenario should be worth the name');
  });

const PLANTED: Readonly<Record<string, { readonly scenario: Scenario; readonly protocol: Protocol; readonly promise: string }>> = {
  'unfenced settle': {
    scenario: { ...EVERYTHING, may: ['done'] },
    protocol: { next: FAULTS['unfenced settle'] },
    promise: 'whoever was replaced writes nothing',
  },
  'unfenced save': { scenario: EVERYTHING, protocol: { next: FAULTS['unfenced save'] }, promise: 'whoever was replaced writes nothing' },
  'take-over by reading and then writing': {
    scenario: EVERYTHING,
    protocol: { next, claimsReadThenWrite: true },
    promise: 'each attempt has a higher epoch than all before it, across removals',
  },
  'lease not looked at': { scenario: EVERYTHING, protocol: { next: FAULTS['lease not looked at'] }, promise: 'at most one caller believes to hold' },
  'epoch reset by expiry of the record': {
    scenario: EVERYTHING,
    protocol: { next: FAULTS['epoch reset'] },
    promise: 'each attempt has a higher epoch than all before it, across removals',
  },
  'epoch reset by an operator who deletes': {
    scenario: OPERATED,
    protocol: { next: FAULTS['epoch reset'] },
    promise: 'each attempt has a higher epoch than all before it, across removals',
  },
  'record removed within the millisecond': {
    scenario: OPERATED,
    protocol: { next: FAULTS['removed within the millisecond'] },
    promise: 'each attempt has a higher epoch than all before it, across removals',
  },
  'epoch not compared': { scenario: COPIES, protocol: { next: FAULTS['epoch not compared'] }, promise: 'whoever was replaced writes nothing' },
  'record deleted on failure': {
    scenario: EVERYTHING,
    protocol: { next: FAULTS['record deleted on failure'] },
    promise: 'a settlement removes nothing',
  },
  'failure counted twice when it is sent again': {
    scenario: EVERYTHING,
    protocol: { next: FAULTS['resend counted twice'] },
    promise: 'each failure is counted once',
  },
  'kept work forgotten': {
    scenario: OPERATED,
    protocol: { next: FAULTS['removed too early'] },
    promise: 'work that is to be kept is there until it is settled',
  },
  'dead task blocks the key': {
    scenario: EVERYTHING,
    protocol: { next: FAULTS['blocked for as long as it is kept'] },
    promise: 'no key is blocked for longer than a lease or the wait that was asked for',
  },
};

for (const [fault, { scenario, protocol, promise }] of Object.entries(PLANTED))
  test(`the shortest history is found that breaks a promise by: ${fault}`, (context) => {
    const { broken, states } = explore(scenario, protocol);

    context.diagnostic(`after ${states} states: ${broken?.promise}\n  ${broken?.trace.join('\n  ')}`);
    assert.equal(broken?.promise, promise);
  });
