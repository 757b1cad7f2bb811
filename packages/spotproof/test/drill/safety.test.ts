import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saysProduction } from '../../src/drill/production.ts';
import { refuseToLeave, refuseToStop, type SafetyFacts } from '../../src/drill/safety.ts';
import { isLoopback } from '../../src/loopback.ts';
import { SERVICE } from './sample.ts';

const NOTHING_ALLOWED = { aws: false, production: false, outage: false };
const ALL_ALLOWED = { aws: true, production: true, outage: true };
const FINE: SafetyFacts = { service: SERVICE, cluster: { name: 'web', tags: {} }, runningTasks: 3, toStop: 1, serving: 3 };

const flags = (facts: SafetyFacts, permissions = NOTHING_ALLOWED): readonly unknown[] => refuseToStop(facts, permissions).map(({ flag }) => flag);

test('a healthy service that keeps a task, and says nothing of production, is not refused', () => {
  assert.deepEqual(flags(FINE), []);
});

for (const name of ['prod', 'api-prod', 'ProdCluster', 'eu_production_1', 'LIVE', 'prd.web'])
  test(`the name ${name} says production`, () => {
    assert.equal(saysProduction([name], {}), name);
  });

for (const name of ['product-api', 'delivery', 'reproduction', 'staging', 'alive', 'nonproduct'])
  test(`the name ${name} does not say production`, () => {
    assert.equal(saysProduction([name], {}), undefined);
  });

test('a tag of the service or of its cluster says production too, in any case, and only under a key that names an environment', () => {
  assert.equal(saysProduction([], { Environment: 'Production' }), 'Environment=Production');
  assert.equal(saysProduction([], { team: 'live' }), undefined);
  assert.deepEqual(flags({ ...FINE, service: { ...SERVICE, tags: { env: 'prod' } } }), ['--allow-production']);
  assert.deepEqual(flags({ ...FINE, service: { ...SERVICE, tags: { env: 'dev' } }, cluster: { name: 'web', tags: { env: 'prod' } } }), [
    '--allow-production',
  ]);
  assert.deepEqual(flags({ ...FINE, service: { ...SERVICE, tags: { env: 'prod' } } }, ALL_ALLOWED), []);
});

test('the last running task is not stopped unasked, whether there was one or the wave takes them all', () => {
  const alone: SafetyFacts = { ...FINE, service: { ...SERVICE, desiredCount: 1 }, runningTasks: 1, serving: 1 };

  assert.deepEqual(flags(alone), ['--allow-outage']);
  assert.deepEqual(flags({ ...FINE, toStop: 3 }), ['--allow-outage']);
  assert.deepEqual(flags(alone, ALL_ALLOWED), []);
});

test('a service that is not at strength is not drilled unasked', () => {
  assert.deepEqual(flags({ ...FINE, serving: 2 }), ['--allow-outage']);
});

test('no flag makes a service without tasks, or one that is deleted, fit for a drill', () => {
  assert.deepEqual(flags({ ...FINE, runningTasks: 0, serving: 0 }, ALL_ALLOWED), [undefined]);
  assert.deepEqual(flags({ ...FINE, service: { ...SERVICE, status: 'INACTIVE' } }, ALL_ALLOWED), [undefined]);
});

test('nothing but --aws lets it leave this machine: endpoint, queue and load are each looked at', () => {
  const local = { endpoint: 'http://127.0.0.1:4570', queueUrl: undefined, url: undefined };
  const refused = (change: Partial<Parameters<typeof refuseToLeave>[0]>): number => refuseToLeave({ ...local, ...change }, NOTHING_ALLOWED).length;

  assert.equal(refused({}), 0);
  assert.equal(refused({ endpoint: undefined }), 1);
  assert.equal(refused({ endpoint: 'https://ecs.eu-west-1.amazonaws.com' }), 1);
  assert.equal(refused({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/q' }), 1);
  assert.equal(refused({ url: 'http://api.example.com/' }), 1);
  assert.deepEqual(refuseToLeave({ ...local, endpoint: undefined }, ALL_ALLOWED), []);
});

test('only a loopback address is this machine', () => {
  for (const url of ['http://127.0.0.1:1', 'http://127.8.9.1', 'http://localhost:4570', 'http://[::1]:4570/x', 'http://web.localhost/'])
    assert.ok(isLoopback(url), url);
  for (const url of ['http://10.0.0.1', 'http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://0.0.0.0', 'not a url'])
    assert.ok(!isLoopback(url), url);
});
