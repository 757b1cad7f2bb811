import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { type Browser, type Page } from 'playwright-core';
import { epochNow } from '../../src/epoch.ts';
import { LiveServer } from '../../src/live/live-server.ts';
import { judge } from '../../src/verdict/judge.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { articleScene, simulate } from '../support/sample-run.ts';
import { later, storyOf } from './sample-story.ts';

/** The page in a real browser, told by the real server what a sample run's lab would tell it. */
describe('the live page in Chromium', () => {
  const evidence = simulate(articleScene());
  const report = judge(evidence);
  const lengthMs = evidence.run.endedAt - evidence.run.startedAt;
  const story = storyOf(evidence);
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());

  test('lanes, bad answers, what nodes think, and at last the verdict with its lost requests appear as they happen', async (t) => {
    const { live, page, faults } = await open(t);
    const shiftMs = epochNow() - evidence.run.startedAt - lengthMs;
    const events = story.map((event) => later(event, shiftMs));
    // To the middle of the run: the first task has been killed, the second was told to stop.
    const half = events.filter(({ at }) => at <= evidence.run.startedAt + shiftMs + 22_000);
    for (const event of half) live.publish(event);
    await page.waitForSelector('.lane[data-task="task-1"]');
    await page.waitForFunction('Number(document.querySelector(".bad-count")?.textContent) > 0');

    assert.equal(await page.locator('#link').textContent(), 'Live');
    assert.equal(await page.locator('.lane[data-task]').count(), 5);
    assert.equal(await page.locator('.lane[data-task="task-2"]').getAttribute('data-condition'), 'closed');
    assert.match((await page.locator('.lane[data-task="task-2"] .lane-name').textContent()) ?? '', /stopped listening/);
    assert.match((await page.locator('tr[data-target="task-1"]').textContent()) ?? '', /draining.*draining/s);
    assert.equal(await page.locator('.lost-count').count(), 0);
    assert.equal(await page.locator('#controller-section').isVisible(), false);
    const bars = await page.locator('.requests rect.sent-lost').count();
    assert.ok(bars > 0, 'seconds with bad answers are drawn');

    for (const event of events.slice(half.length)) live.publish(event);
    live.publish({
      type: 'controller',
      at: epochNow(),
      decision: { type: 'reconcile', unit: 'shop/web', state: 'FALLBACK', figures: { deficit: 2 }, actions: [] },
    });
    await page.waitForSelector('.lost-count');
    await live.close();
    await page.waitForSelector('[data-link=over]');

    assert.equal(await page.locator('.lost-count').textContent(), String(report.requests.lost));
    assert.equal(await page.locator('.card').getAttribute('data-verdict'), 'lost');
    assert.equal(await page.locator('.lane rect.loss').count(), report.losses.length);
    assert.match((await page.locator('.lane[data-task="task-1"]').textContent()) ?? '', /killed.*SIGTERM.*SIGKILL/s);
    assert.equal(await page.locator('.causes li').count(), report.blame.length);
    assert.match((await page.locator('tr[data-unit="shop/web"]').textContent()) ?? '', /FALLBACK/);
    assert.match((await page.locator('.lines').textContent()) ?? '', /Spot takes it back/);
    for (const width of [1280, 420]) {
      await page.setViewportSize({ width, height: 900 });
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0, `${width} px`);
    }
    assert.deepEqual(faults, []);
  });

  test('the picture is held and let go by keyboard alone', async (t) => {
    const { live, page, faults } = await open(t);
    live.publish({ type: 'run', at: epochNow(), label: 'plain', command: ['node', '<b>.js'], ratePerSecond: 1 });
    await page.waitForSelector('.card.running');
    assert.equal(await page.locator('#command').textContent(), 'node <b>.js');

    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.equal(await page.locator('#hold').getAttribute('aria-pressed'), 'true');
    live.publish({ type: 'task', at: epochNow(), taskId: 'task-1', change: { kind: 'state', state: 'PENDING' } });
    // The state of the connection is shown all the while: it comes after the event, so by then the event was held back.
    await live.close();
    await page.waitForSelector('[data-link=over]');
    assert.equal(await page.locator('.lane[data-task]').count(), 0);

    await page.keyboard.press('Space');
    await page.waitForSelector('.lane[data-task="task-1"]');
    assert.deepEqual(faults, []);
  });

  async function open(t: TestContext): Promise<{ readonly live: LiveServer; readonly page: Page; readonly faults: readonly string[] }> {
    const live = await LiveServer.open({ port: 0 });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const faults: string[] = [];
    t.after(async () => {
      // A page that broke shows nothing, and what a test then waits for never comes.
      for (const fault of faults) t.diagnostic(fault);
      await page.close();
      await live.close(0);
    });
    page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
    page.on('console', (message) => faults.push(`console: ${message.text()}`));
    page.on('request', (request) => {
      if (![live.url, `${live.url}events`, 'data:,'].includes(request.url())) faults.push(`request: ${request.url()}`);
    });
    await page.goto(live.url);
    return { live, page, faults };
  }
});
