import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderComparison, renderText } from '../../src/report/text.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { LabReport } from '../../src/verdict/report-document.ts';
import {
  articleScene,
  badGateway,
  calm,
  evidence,
  evidenceOf,
  interruptedTask,
  INTERRUPTION,
  labRun,
  labTask,
  loadSummary,
  protectedScene,
  simulate,
} from '../support/sample-run.ts';

const plain = judge(simulate(articleScene()));
const guarded = judge(simulate(protectedScene()));
const look = { color: false, width: 100 };

test('the verdict, what was lost, why, the fix and the command to repeat are all there', () => {
  const text = renderText(plain, look);

  assert.match(text, /^ {3}LOST {3}\d+ of [\d,]+ requests were lost while 2 of 3 tasks were taken back\.$/m);
  assert.match(text, /why +\d+ × task-1's listener closed 0\.1 s after SIGTERM; nodes a and b still sent for/);
  assert.match(text, /fix {2}After SIGTERM keep the listener open/);
  assert.match(text, /again +npx spotproof lab --seed 1 -- node server\.js/);
});

test('a task that was taken back shows SIGTERM, listener, balancer and exit in the order in which they came', () => {
  assert.match(renderText(plain, look), /SIGTERM at 6 s → listener closed \+0\.1 s → left node a \+4 s → left node b \+4\.3 s\s+→ SIGKILL \+30 s/);
  assert.match(
    renderText(guarded, look),
    /SIGTERM at 6 s → left node a \+4 s → left node b \+4\.3 s\s+→\s+listener closed \+14\.6 s\s+→\s+exit 0 \+15\.9 s/,
  );
});

test('no line is longer than the terminal, down to 72 columns', () => {
  for (const width of [72, 80, 120]) {
    for (const text of [renderText(plain, { color: false, width }), renderComparison(plain, guarded, { color: false, width })]) {
      for (const line of text.split('\n')) assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
    }
  }
});

test('without colour there is no escape sequence, with it the text is the same', () => {
  const colored = renderText(plain, { ...look, color: true });

  assert.ok(!renderText(plain, look).includes('\u001B'));
  assert.ok(colored.includes('\u001B['));
  assert.equal(stripVTControlCharacters(colored), renderText(plain, look));
});

test('a fix that several causes share is said once', () => {
  assert.equal(renderText(plain, look).split('After SIGTERM keep the listener open').length - 1, 1);
});

test('a clean run says so and blames nobody', () => {
  const text = renderText(judge(evidenceOf(calm())), look);

  assert.match(text, /NOTHING LOST {3}None of 60 requests was lost/);
  assert.match(text, /0 lost/);
  assert.doesNotMatch(text, /why|fix|note/);
});

test('void latency figures are not printed', () => {
  const exchanges = calm();
  const load = { ...loadSummary(exchanges.length), latenessMs: { p50: 1, p99: 40, max: 90 } };

  const text = renderText(judge(evidenceOf(exchanges, { run: { load } })), look);

  assert.match(text, /control +void +void +void +void/);
  assert.match(text, /! The latency figures are void/);
});

test('an app that failed to start shows the reason and its last output, and no empty tables', () => {
  const failure = {
    of: 'app',
    kind: 'exited-at-once',
    message: 'task-1 exited with code 1 before it listened.\nStart it alone first.',
    taskId: 'task-1',
  } as const;
  const tasks = [labTask({ output: ["Error: Cannot find module './nope.js'"] })];

  const text = renderText(judge(evidence({ run: labRun({ failure, tasks, load: undefined, balancer: undefined }) })), look);

  assert.match(text, /APP FAILED {3}task-1 exited with code 1 before it listened\.\n +Start it alone first\./);
  assert.match(text, /output +Error: Cannot find module/);
  assert.doesNotMatch(text, /latency|requests/);

  const quoting = { ...failure, message: `${failure.message}\n  Error: Cannot find module './nope.js'` };
  const once = renderText(judge(evidence({ run: labRun({ failure: quoting, tasks, load: undefined, balancer: undefined }) })), look);

  assert.equal(once.match(/Cannot find module/g)?.length, 1, 'said once');
});

test('what a task printed cannot drive the terminal', () => {
  const tasks = [
    interruptedTask(),
    labTask({ name: 'task-2', crashed: true, exitedAt: INTERRUPTION + 1000, exitCode: 1, output: ['\u001B[2Jgone\u0007\r!'] }),
  ];

  const text = renderText(judge(evidenceOf([...calm(), badGateway('target-refused')], { run: { tasks } })), look);

  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F]/);
  assert.match(text, /gone !/);
});

test('a comparison has both verdicts on one line and says of whom each warning is', () => {
  const text = renderComparison(plain, guarded, look);

  assert.match(text, /verdict +LOST +NOTHING LOST/);
  assert.match(text, new RegExp(`lost +${plain.requests.lost} of [\\d,]+ +0 of [\\d,]+`));
  assert.match(text, /SIGKILLed +2 +0/);
  assert.match(text, /exit after SIGTERM +30 s +15\.9 s/);
  assert.match(text, /! As it is: task-1 and task-2 were SIGKILLed/);
  assert.match(text, /again +npx spotproof lab --seed 1 --compare -- node server\.js/);
});

test('a warning that both runs share is said once and of neither', () => {
  const warned = (report: LabReport): LabReport => ({ ...report, warnings: ['The clock is odd.'] });

  const text = renderComparison(warned(plain), warned(guarded), look);

  assert.equal(text.split('The clock is odd.').length - 1, 1);
  assert.doesNotMatch(text, /(As it is|With --protect): The clock/);
});
