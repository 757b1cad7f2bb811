import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasToken, headerValue } from '@spotproof/core/http1';

test('a header is found in any case, its lines joined in order', () => {
  const headers = ['Host', 'a', 'X-Forwarded-For', '1', 'x-forwarded-FOR', '2', 'X', 'Host'];

  assert.equal(headerValue(headers, 'hOST'), 'a');
  assert.equal(headerValue(headers, 'X-Forwarded-For'), '1, 2');
  assert.equal(headerValue(headers, 'X-Forwarded-Fo'), undefined);
  assert.equal(headerValue(headers, '1'), undefined);
  assert.equal(headerValue([], 'Host'), undefined);
});

test('a header that is there and empty is not the same as one that is missing', () => {
  assert.equal(headerValue(['Via', ''], 'via'), '');
});

test('a token is a whole element of the list, in any case', () => {
  assert.equal(hasToken('close', 'Close'), true);
  assert.equal(hasToken('Keep-Alive,\tUpgrade ', 'upgrade'), true);
  assert.equal(hasToken('xclose', 'close'), false);
  assert.equal(hasToken('close x', 'close'), false);
  assert.equal(hasToken('clos', 'close'), false);
  assert.equal(hasToken('', 'close'), false);
  assert.equal(hasToken(undefined, 'close'), false);
});
