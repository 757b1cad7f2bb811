import { MATRIX, PEERS, type OurCell } from './feature-matrix.ts';

/** The page that sets Spotproof beside other libraries, feature by feature. */
export function renderFeatureMatrix(): string {
  const rows = MATRIX.map(({ feature, ours, peers }) => `| ${[feature, ourCell(ours), ...peers].join(' | ')} |`);
  return `<!-- Made from scripts/docs/feature-matrix.ts by \`npm run docs\`. Do not edit by hand. -->
# Feature matrix

What libraries do with an HTTP server when SIGTERM comes, read in their published code and partly measured. ✔ yes, ◐ partly or with code of your own, ✘ no, – has no meaning there.
Each tick of ours leads to the test that holds it; where there are several, so are the ticks. The versions: ${PEERS.map(({ version }) => version).join(', ')}.

| | Spotproof | ${PEERS.map(({ name }) => name).join(' | ')} |
|---|---|${'---|'.repeat(PEERS.length)}
${rows.join('\n')}

(1) lightship takes every machine without the variable \`KUBERNETES_SERVICE_HOST\` for a laptop: its health port is then a random one, and its delay zero.
(2) \`onModuleDestroy\`, where most apps disconnect their database, runs at once; the server closes after it.

The figures (milliseconds, what clients saw) come from loopback runs with each library as its README sets it up, on Node 20.20.2. What these differences cost in lost requests stands in
the [benchmarks](../benchmarks.md); how to move from five of them, in [moving from another library](../guides/moving-from.md).
`;
}

function ourCell({ verdict, words, heldBy }: OurCell): string {
  const mark = MARKS[verdict];
  const linked = heldBy.length === 0 ? mark : heldBy.map(({ file }) => `[${mark}](../../${file})`).join(' ');
  return words === undefined ? linked : `${linked} ${words}`;
}

const MARKS = { yes: '✔', partly: '◐', no: '✘' } as const;
