import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderHtml } from '../../src/report/html.ts';
import { placeLabels } from '../../src/report/page/lane-labels.ts';
import { embeddedJson, markup } from '../../src/report/page/markup.ts';
import { judge } from '../../src/verdict/judge.ts';
import { articleScene, badGateway, calm, evidence, evidenceOf, labRun, labTask, protectedScene, simulate } from '../support/sample-run.ts';

test('values are escaped in text and in attributes, markup is not escaped twice', () => {
  const evil = `"><script>alert('1')</script>&\u0007`;

  const { text } = markup`<a title="${evil}">${[evil, markup`<b>${1}</b>`, undefined, false]}</a>`;

  const escaped = '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\uFFFD';
  assert.equal(text, `<a title="${escaped}">${escaped}<b>1</b></a>`);
});

test('embedded JSON cannot end its element and reads back the same', () => {
  const value = { text: '</script><!-- \u2028 & <b>' };

  const { text } = embeddedJson(value);

  assert.doesNotMatch(text, /[<>&\u2028]/);
  assert.deepEqual(JSON.parse(text), value);
});

test('the page carries the whole report for machines', () => {
  const report = judge(simulate(articleScene()));

  assert.deepEqual(embedded(renderHtml(report)), JSON.parse(JSON.stringify(report)));
});

test('a page of two carries both reports', () => {
  const plain = judge(simulate(articleScene()));
  const guarded = judge(simulate(protectedScene()));

  assert.deepEqual(
    embedded(renderHtml([plain, guarded])),
    JSON.parse(JSON.stringify({ schema: 'spotproof.lab-comparison/1', plain, protected: guarded })),
  );
});

test('the page asks for nothing from anywhere', () => {
  const page = renderHtml(judge(simulate(articleScene())));

  assert.doesNotMatch(page, /https?:\/\/|@import|url\(|<link[^>]+stylesheet|<script(?! type="application\/json")/);
  assert.match(page, /default-src 'none'/);
});

test('names that a user or a task chose are escaped wherever they appear', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const run = labRun();
  const loss = badGateway('target-refused', { client: { name: evil, detail: evil, node: evil }, balancer: { node: evil } });
  const report = judge(
    evidenceOf([...calm(), loss], {
      run: { tasks: [labTask({ name: 'task-1', output: [evil] }), ...run.tasks.slice(0, 1)], warnings: [evil] },
      options: { command: ['node', evil] },
    }),
  );

  assert.doesNotMatch(renderHtml({ ...report, run: { ...report.run, repeat: evil } }), /<img/);
});

for (const verdict of ['app-failed', 'void', 'cancelled'] as const) {
  test(`a run that was ${verdict} before any request still makes a page`, () => {
    const failure = { of: verdict === 'app-failed' ? 'app' : 'lab', kind: 'internal', message: 'It\nbroke.', taskId: undefined } as const;
    const phases = { controlAt: undefined, interruptionAt: undefined, finishingAt: undefined, loadDoneAt: undefined };

    const report = judge(
      evidence({
        run: labRun({
          failure: verdict === 'cancelled' ? undefined : failure,
          cancelled: verdict === 'cancelled',
          tasks: [],
          load: undefined,
          phases,
        }),
      }),
    );

    assert.equal(report.verdict, verdict);
    const page = renderHtml(report);
    assert.match(page, new RegExp(`data-verdict="${verdict}"`));
    assert.doesNotMatch(page, /NaN|Infinity|undefined|<figure/);
  });
}

test('labels that would cover each other are put into different rows, others into the same', () => {
  const near = placeLabels([
    { fraction: 0.5, text: 'SIGTERM at 3 s' },
    { fraction: 0.505, text: 'listener closed +0.1 s' },
  ]);
  const far = placeLabels([
    { fraction: 0.1, text: 'SIGTERM at 3 s' },
    { fraction: 0.6, text: 'exit 0 +15 s' },
  ]);

  assert.notEqual(near[0]?.row, near[1]?.row);
  assert.deepEqual(
    far.map(({ row }) => row),
    [0, 0],
  );
});

test('a label at the right edge stands to the left of its instant', () => {
  assert.equal(placeLabels([{ fraction: 0.99, text: 'SIGKILL +30 s' }])[0]?.anchor, 'end');
});

function embedded(page: string): unknown {
  const json = /<script type="application\/json" id="spotproof-report">(.*?)<\/script>/s.exec(page)?.[1];
  assert.ok(json);
  return JSON.parse(json);
}

test('a list of lost requests that is cut says of how many, those that a planted fault took included', () => {
  const exchanges = Array.from({ length: 1003 }, () => badGateway('target-fin', { at: 6000 }));
  const report = judge(evidenceOf(exchanges));
  const { lost } = report.requests;
  assert.deepEqual([lost, report.losses.length], [1003, 1000]);

  assert.match(renderHtml(report), /Lost requests \(the first 1,000 of 1,003\)/);
  assert.match(
    renderHtml({ ...report, requests: { ...report.requests, lost: 1, lostToFaults: lost - 1 } }),
    /Lost requests \(the first 1,000 of 1,003\)/,
  );
});
