import type { LiveEvent } from '../events.ts';
import { emptyLive, stepLive, type LiveState } from '../state.ts';
import type { Html } from './html.ts';
import { viewPicture } from './lanes.ts';
import { viewCards, viewController, viewLines, viewNotes, viewOutcomes, viewTargets } from './view.ts';

/** Runs in the browser: follows `/events` and draws. Of the browser it uses what {@link Browser} names. */
export function runPage(browser: Browser): void {
  const { document } = browser;
  let state: LiveState = emptyLive();
  // The browser may be on another machine, whose clock differs.
  let aheadMs = 0;
  let link: 'connecting' | 'live' | 'broken' | 'over' = 'connecting';
  let isHeld = false;
  let isPlanned = false;
  const shown = new Map<string, string>();

  const put = (id: string, content: string): void => {
    if (shown.get(id) === content) return;
    shown.set(id, content);
    const element = document.getElementById(id);
    if (element !== null) element.innerHTML = content;
  };
  const show = (id: string, { html }: Html): void => {
    put(id, html);
    const section = document.getElementById(`${id}-section`);
    if (section !== null) section.hidden = html === '';
  };
  const draw = (): void => {
    isPlanned = false;
    const words = { connecting: 'Connecting', live: 'Live', broken: 'Connection lost, trying again', over: 'The run is over' };
    put('link', words[link]);
    document.documentElement.setAttribute('data-link', link);
    if (isHeld || document.hidden) return;
    const now = browser.Date.now() + aheadMs;
    put('command', (state.run?.command ?? []).join(' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;'));
    show('cards', viewCards(state, now));
    show('notes', viewNotes(state));
    show('picture', viewPicture(state, now));
    show('controller', viewController(state));
    show('targets', viewTargets(state));
    show('outcomes', viewOutcomes(state));
    show('lines', viewLines(state));
  };
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    browser.setTimeout(draw, 100);
  };

  const source = new browser.EventSource('events');
  source.addEventListener('open', () => {
    link = 'live';
    plan();
  });
  source.addEventListener('error', () => {
    link = 'broken';
    plan();
  });
  source.addEventListener('snapshot', ({ data }) => {
    const snapshot: { readonly now: number; readonly state: LiveState } = JSON.parse(data);
    state = { ...emptyLive(), ...snapshot.state };
    aheadMs = snapshot.now - browser.Date.now();
    plan();
  });
  source.addEventListener('message', ({ data }) => {
    const event: LiveEvent = JSON.parse(data);
    state = stepLive(state, event);
    plan();
  });
  source.addEventListener('done', () => {
    source.close();
    link = 'over';
    browser.clearInterval(clock);
    plan();
  });
  // Time goes on without events too.
  const clock = browser.setInterval(plan, 500);
  document.addEventListener('visibilitychange', plan);
  const hold = document.getElementById('hold');
  hold?.addEventListener('click', () => {
    isHeld = !isHeld;
    hold.setAttribute('aria-pressed', String(isHeld));
    plan();
  });
  draw();
}

/** The part of a browser's global object that the page uses. */
export interface Browser {
  readonly document: {
    readonly documentElement: { setAttribute(name: string, value: string): void };
    readonly hidden: boolean;
    getElementById(id: string): PageElement | null;
    addEventListener(type: 'visibilitychange', listener: () => void): void;
  };
  readonly Date: { now(): number };
  readonly EventSource: new (url: string) => EventStream;
  setTimeout(callback: () => void, delayMs: number): unknown;
  setInterval(callback: () => void, everyMs: number): unknown;
  clearInterval(interval: unknown): void;
}

interface PageElement {
  innerHTML: string;
  hidden: boolean;
  setAttribute(name: string, value: string): void;
  addEventListener(type: 'click', listener: () => void): void;
}

interface EventStream {
  addEventListener(type: string, listener: (message: { readonly data: string }) => void): void;
  close(): void;
}
