import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackName } from '../../src/live/loopback-name.ts';
import { html } from '../../src/live/page/html.ts';
import { livePage } from '../../src/live/page/page.ts';
import { viewCards, viewLines } from '../../src/live/page/view.ts';
import { encodeEvent, sequenceOf } from '../../src/live/sse.ts';
import { emptyLive, stepLive } from '../../src/live/state.ts';

test('an event is one message, whatever line breaks are in it', () => {
  const text = encodeEvent('abc', 7, { type: 'note', at: 1, text: 'one\ntwo\r\n\nid: 9' });

  assert.deepEqual(text.split('\n'), ['id: abc-7', String.raw`data: {"type":"note","at":1,"text":"one\ntwo\r\n\nid: 9"}`, '', '']);
  assert.equal(text.includes('\r'), false);
});

test('a Last-Event-ID counts only when it is of this very lab', () => {
  assert.equal(sequenceOf('abc', 'abc-12'), 12);
  for (const foreign of [undefined, '', '12', 'abd-12', 'abc-', 'abc-1x', 'abc--1', 'abc-1e3', `abc-${'9'.repeat(40)}`]) {
    assert.equal(sequenceOf('abc', foreign), undefined, foreign);
  }
});

test('only names of the loopback pass as Host', () => {
  for (const own of ['localhost', 'LOCALHOST:80', '127.0.0.1', '127.0.0.1:8080', '[::1]:1']) assert.equal(isLoopbackName(own), true, own);
  for (const other of [
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1:80@evil',
    'evil.example:127.0.0.1',
    '10.0.0.1',
    ':80',
  ]) {
    assert.equal(isLoopbackName(other), false, other);
  }
});

test('nothing that an app or a task says becomes a part of the page', () => {
  const evil = `<img src=x onerror="alert('1')">&`;
  let state = stepLive(emptyLive(), { type: 'run', at: 0, label: evil, command: [evil], ratePerSecond: 1 });
  state = stepLive(state, { type: 'note', at: 1, text: evil });

  const page = viewCards(state, 5).html + viewLines(state).html;

  assert.equal(page.includes('<img'), false);
  assert.ok(page.includes('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'));
  assert.equal(html`<b title="${'"'}">${['<', html`<i>`]}${false}${undefined}${0}</b>`.html, '<b title="&quot;">&lt;<i>0</b>');
});

test('the page is one script and one style, names no other place, and its policy allows no other script', () => {
  const { html: page, contentSecurityPolicy } = livePage();

  assert.equal(page.match(/<script/g)?.length, 1);
  assert.equal(page.match(/<\/script/g)?.length, 1);
  assert.doesNotMatch(page, /https?:|\bsrc=|@import|url\(/);
  assert.match(contentSecurityPolicy, /^default-src 'none'; script-src 'sha256-[\w+/]{43}=';/);
});
