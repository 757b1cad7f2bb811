import { renderCloudCalls } from './cloud-calls-page.ts';
import { renderDrill } from './drill-page.ts';
import { renderErrors } from './errors-page.ts';
import { renderFeatureMatrix } from './feature-matrix-page.ts';
import { renderLab } from './lab-page.ts';
import { renderRuntime } from './runtime-page.ts';
import { renderState } from './state-page.ts';
import { renderStateTraps } from './state-traps-page.ts';
import { renderStores } from './stores-page.ts';

export interface GeneratedPage {
  /** Path from the root. */
  readonly file: string;
  readonly render: () => string;
}

export const GENERATED_PAGES: readonly GeneratedPage[] = [
  { file: 'docs/reference/cloud-calls.md', render: renderCloudCalls },
  { file: 'docs/reference/drill.md', render: renderDrill },
  { file: 'docs/reference/errors.md', render: renderErrors },
  { file: 'docs/reference/feature-matrix.md', render: renderFeatureMatrix },
  { file: 'docs/reference/lab.md', render: renderLab },
  { file: 'docs/reference/runtime.md', render: renderRuntime },
  { file: 'docs/reference/state.md', render: renderState },
  { file: 'docs/reference/state-traps.md', render: renderStateTraps },
  { file: 'docs/reference/stores.md', render: renderStores },
];
