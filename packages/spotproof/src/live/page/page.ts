import { createHash } from 'node:crypto';
import { STYLE } from '../../report/page/style.ts';
import { pageScript } from './script.ts';
import { LIVE_STYLE } from './style.ts';

/** The live page, which needs nothing else but `/events` beside it, and the policy that holds it to that. It looks like the report. */
export function livePage(): { readonly html: string; readonly contentSecurityPolicy: string } {
  const script = pageScript();
  const hash = createHash('sha256').update(script).digest('base64');
  return {
    html: `<!doctype html>
<html lang="en" data-link="connecting"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><title>Spotproof lab, live</title><style>${STYLE}${LIVE_STYLE}</style></head>
<body><main>
<header><h1>Spotproof lab, live</h1><p><code id="command"></code></p></header>
<p class="bar"><span class="link" id="link" role="status"></span><button id="hold" type="button" aria-pressed="false">Hold the picture</button></p>
<noscript><p>This page needs JavaScript. What happens is also in <code>/events</code>.</p></noscript>
<div class="cards" id="cards"></div>
<section id="notes-section" hidden><div id="notes"></div></section>
<section id="controller-section" hidden><h2>Controller</h2><div class="scroll panel" id="controller" tabindex="0" role="region" aria-label="Controller"></div></section>
<figure class="picture" id="picture" aria-label="Tasks and answers over time"></figure>
<p class="legend"><span><i class="key serving"></i>serving</span><span><i class="key draining"></i>after SIGTERM, still accepting</span><span><i class="key closed"></i>listener closed</span><span><i class="key sent"></i>answered well</span><span><i class="key loss"></i>not answered well; a lost request once the run is judged</span></p>
<div class="columns">
<section><h2>Targets, by balancer node</h2><div class="scroll panel" id="targets" tabindex="0" role="region" aria-label="Targets, by balancer node"></div>
<h2>Outcomes</h2><div class="scroll panel" id="outcomes" tabindex="0" role="region" aria-label="Outcomes"></div></section>
<section><h2>Events</h2><div class="scroll panel tall" id="lines" tabindex="0" role="region" aria-label="Events, newest first"></div></section>
</div>
</main><script>${script}</script></body></html>
`,
    contentSecurityPolicy: `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}
