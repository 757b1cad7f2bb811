/** What the live page adds to the look of the report. */
export const LIVE_STYLE = `
.card.running{--tone:var(--serving);--tone-ground:var(--control)}.card.running.alarm{--tone:var(--lost);--tone-ground:var(--bad-ground)}
.bar{display:flex;gap:12px;align-items:center;justify-content:space-between;margin:0 0 12px}
.link{font-weight:600}.link::before{content:"●";margin-right:6px;color:var(--good)}
[data-link=connecting] .link::before{content:"…";color:var(--muted)}[data-link=broken] .link::before{content:"⊗";color:var(--lost)}[data-link=over] .link::before{content:"■";color:var(--muted)}
button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:3px 12px;cursor:pointer}
button[aria-pressed=true]{background:var(--ink);color:var(--ground)}
:focus-visible{outline:3px solid var(--serving);outline-offset:2px}
.now{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3;opacity:.5}
.lane-name .condition{color:var(--ink);display:inline}
text.inside{font-size:11.5px}text.inside.serving{fill:var(--card)}text.inside.draining{fill:#18202c}text.inside.closed,text.inside.starting{fill:var(--ink)}
.causes{margin:10px 0 0;padding:0;list-style:none}.causes li{padding:3px 0}.causes b{color:var(--tone)}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:0 24px}
.columns h2{font-size:17px;margin:20px 0 6px}.columns section{margin:0;min-width:0}
.panel{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 14px;margin:0}
.tall{height:340px;overflow:auto}
.panel p{margin:4px 0}
th[scope=row]{color:var(--ink);border:0}
td.health.unhealthy{color:var(--lost);font-weight:600}td.health.draining{color:var(--doubt)}
.lines{margin:0;padding:0;list-style:none;font-size:13px}
.lines li{display:grid;grid-template-columns:58px 84px minmax(0,1fr);gap:8px;padding:2px 0}
.lines .when{color:var(--muted);text-align:right;font-variant-numeric:tabular-nums}
.lines b{font-weight:600;overflow:hidden;text-overflow:ellipsis}
.lines .warn span:last-child{color:var(--doubt)}.lines .bad span:last-child{color:var(--lost);font-weight:600}
[hidden]{display:none}
`;
