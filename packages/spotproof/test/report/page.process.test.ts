import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, type Page } from 'playwright-core';
import { renderHtml } from '../../src/report/html.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { LabReport } from '../../src/verdict/report-document.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { articleScene, evidence, labRun, protectedScene, simulate } from '../support/sample-run.ts';

/** The page in a real browser: what a person would see, and that nothing was asked for or went wrong. */
describe('the report page in Chromium', () => {
  const plain = judge(simulate(articleScene()));
  const guarded = judge(simulate(protectedScene()));
  let browser: Browser;
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'spotproof-page-'));
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await rm(directory, { recursive: true, force: true });
  });

  for (const [what, report] of [
    ['one run', plain],
    ['two runs', [plain, guarded]],
    ['a clean run', guarded],
    ['a run that never started', neverStarted()],
  ] as const) {
    for (const width of [1280, 420]) {
      test(`${what}, ${width} px, light and dark: no error, no request, no overflow`, async () => {
        await using opened = await open({ report, width, colorScheme: 'light' });

        await opened.page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
        for (const colorScheme of ['light', 'dark'] as const) {
          await opened.page.emulateMedia({ colorScheme });
          assert.deepEqual(opened.faults, []);
          assert.equal(await opened.page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0);
        }
      });
    }
  }

  test('the headline says how many were lost, and the picture marks each of them where it can be seen', async () => {
    await using opened = await open({ report: plain, width: 1280, colorScheme: 'light' });
    const { page } = opened;

    assert.equal(await page.locator('.card .lost-count').textContent(), String(plain.requests.lost));
    const marks = await boxes(page, '.picture rect.loss');
    assert.equal(marks.length, plain.losses.length);
    assert.equal(marks.length, plain.requests.lost);
    const plots = await boxes(page, '.picture');
    for (const mark of marks) {
      assert.ok(mark.width >= 1 && mark.height >= 8, JSON.stringify(mark));
      assert.ok(
        plots.some((plot) => isInside(mark, plot)),
        JSON.stringify(mark),
      );
    }
    assert.equal(await page.locator('table.lost tbody tr').count(), plain.losses.length);
  });

  test('each lost request is marked in the lane of the task that lost it', async () => {
    await using opened = await open({ report: plain, width: 1280, colorScheme: 'light' });

    for (const task of plain.tasks) {
      assert.equal(await opened.page.locator(`.lane[data-task="${task.id}"] rect.loss`).count(), task.lost, task.name);
    }
  });

  for (const width of [1280, 420]) {
    test(`ribbons, stations, danger, traffic and curves are visible at ${width} px`, async () => {
      await using opened = await open({ report: plain, width, colorScheme: 'light' });
      const { page } = opened;

      for (const [selector, least] of [
        ['rect.serving', 5],
        ['rect.closed', 2],
        ['rect.danger', 2],
        ['rect.sent', 60],
        ['rect.sent-lost', 6],
        ['.station.sigterm rect', 2],
        ['.station.left path', 4],
        ['.station.killed circle', 2],
        ['rect.lost-bar', 6],
        ['path.p50', 1],
        ['path.p99', 1],
      ] as const) {
        const visible = (await boxes(page, `.picture ${selector}`)).filter((box) => box.width >= 1 && box.height >= 1);
        assert.ok(visible.length >= least, `${selector}: ${visible.length} visible, expected at least ${least}`);
      }
      for (const curve of await boxes(page, '.curves path')) assert.ok(curve.width > width / 4 && curve.height > 8, JSON.stringify(curve));
      const [ribbon] = await boxes(page, '.lane[data-task="task-3"] rect.serving');
      assert.ok(ribbon !== undefined && ribbon.width > 0.6 * (width - 250), JSON.stringify(ribbon));
    });
  }

  test('SIGTERM stands left of the exit, and the danger between the listener and the last node', async () => {
    await using opened = await open({ report: plain, width: 1280, colorScheme: 'light' });
    const lane = '.lane[data-task="task-1"]';
    const x = async (selector: string): Promise<number> => middle((await boxes(opened.page, `${lane} ${selector}`)).at(-1));

    const sigterm = await x('.station.sigterm rect');
    const left = await x('.station.left path');
    const killed = await x('.station.killed circle');
    const [danger] = await boxes(opened.page, `${lane} rect.danger`);

    assert.ok(sigterm < left && left < killed, `${sigterm} ${left} ${killed}`);
    assert.ok(danger !== undefined && danger.x >= sigterm - 2 && Math.abs(danger.x + danger.width - left) < 8, JSON.stringify(danger));
  });

  test('both runs of a comparison use one time axis', async () => {
    await using opened = await open({ report: [plain, guarded], width: 1280, colorScheme: 'light' });

    const marks = await boxes(opened.page, '.lane[data-task="task-1"] .station.sigterm > rect');

    assert.equal(marks.length, 2);
    assert.ok(Math.abs(middle(marks[0]) - middle(marks[1])) < 1, JSON.stringify(marks));
    assert.deepEqual(await opened.page.locator('.card .lost-count').allTextContents(), [String(plain.requests.lost), '0']);
  });

  test('no label of a lane covers another one', async () => {
    await using opened = await open({ report: [plain, guarded], width: 1280, colorScheme: 'light' });

    const labels = await boxes(opened.page, '.labels text');

    assert.ok(labels.length >= 16);
    for (const [index, one] of labels.entries()) {
      for (const other of labels.slice(index + 1)) {
        const apart =
          one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y + 2 || other.y + other.height <= one.y + 2;
        assert.ok(apart, `${JSON.stringify(one)} covers ${JSON.stringify(other)}`);
      }
    }
  });

  test('light and dark differ in ground and ink', async () => {
    const look = async (colorScheme: 'light' | 'dark'): Promise<string> => {
      await using opened = await open({ report: plain, width: 1280, colorScheme });
      return await opened.page.evaluate<string>('`${getComputedStyle(document.body).backgroundColor} ${getComputedStyle(document.body).color}`');
    };

    assert.notEqual(await look('light'), await look('dark'));
  });

  interface Opened extends AsyncDisposable {
    readonly page: Page;
    readonly faults: readonly string[];
  }

  async function open(input: {
    readonly report: LabReport | readonly [LabReport, LabReport];
    readonly width: number;
    readonly colorScheme: 'light' | 'dark';
  }): Promise<Opened> {
    const file = path.join(directory, 'report.html');
    await writeFile(file, renderHtml(input.report));
    const url = pathToFileURL(file).href;
    const page = await browser.newPage({ viewport: { width: input.width, height: 900 }, colorScheme: input.colorScheme });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
    page.on('console', (message) => faults.push(`console: ${message.text()}`));
    page.on('request', (request) => {
      if (request.url() !== url && request.url() !== 'data:,') faults.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return { page, faults, [Symbol.asyncDispose]: () => page.close() };
  }
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function boxes(page: Page, selector: string): Promise<readonly Box[]> {
  return page.locator(selector).evaluateAll((elements) =>
    elements.map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x, y, width, height };
    }),
  );
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height
  );
}

function middle(box: Box | undefined): number {
  assert.ok(box);
  return box.x + box.width / 2;
}

function neverStarted(): LabReport {
  const failure = { of: 'app', kind: 'command-not-found', message: 'There is no command `nood`.', taskId: undefined } as const;
  return judge(evidence({ run: labRun({ failure, tasks: [], load: undefined, balancer: undefined }) }));
}
