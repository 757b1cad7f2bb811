import { CHARACTER_PX, FULL_WIDTH_PX, GAP_PX, placeLabels, widthOf } from '../../report/page/lane-labels.ts';
import { thousands } from '../../verdict/words.ts';
import { LIVE_LIMITS, STATE_FUNCTIONS } from '../state.ts';
import { html } from './html.ts';
import { LANE_FUNCTIONS } from './lanes.ts';
import { runPage } from './run-page.ts';
import { AXIS_ENDS_MS, liveScale } from './scale.ts';
import { VIEW_FUNCTIONS } from './view.ts';

/**
 * The page's script: the very functions that this process and its tests run, as text. None of them may use anything that is not in this list; what they
 * would miss is a ReferenceError, which the test in Chromium sees.
 */
export function pageScript(): string {
  const constants = Object.entries({ LIVE_LIMITS, AXIS_ENDS_MS, CHARACTER_PX, FULL_WIDTH_PX, GAP_PX }).map(
    ([name, value]) => `const ${name} = ${JSON.stringify(value)};`,
  );
  const functions = [html, thousands, widthOf, placeLabels, liveScale, ...STATE_FUNCTIONS, ...LANE_FUNCTIONS, ...VIEW_FUNCTIONS, runPage];
  return ["'use strict';", ...constants, ...functions.map(String), 'runPage(globalThis);'].join('\n');
}
