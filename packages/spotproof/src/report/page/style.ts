/** The page's look. Colours are few and mean something: blue serves, amber was told to stop, red is lost. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#18202c;--muted:#5b6675;--line:#e2e6ec;--control:#eef1f5;--serving:#3d73d8;--draining:#e8a317;--closed:#f4dca0;--closed-edge:#c58a0b;--sent:#b3c4e2;--lost:#cb2419;--danger:rgba(203,36,25,.13);--good:#17794a;--good-ground:#e7f5ed;--bad-ground:#fdecea;--doubt:#8a5a00;--doubt-ground:#fdf3dc;--code:#eef1f5}
@media (prefers-color-scheme:dark){:root{--ground:#0f1319;--card:#171c24;--ink:#e7ebf1;--muted:#9aa5b4;--line:#2a323d;--control:#1c232d;--serving:#5f92f0;--draining:#e9ad36;--closed:#54431a;--closed-edge:#c9952f;--sent:#3b5078;--lost:#ff6457;--danger:rgba(255,100,87,.18);--good:#5bcf95;--good-ground:#12291e;--bad-ground:#33191a;--doubt:#f0c05c;--doubt-ground:#2f2612;--code:#222a35}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:1120px;margin:0 auto;padding:24px 24px 56px}
header{display:flex;gap:4px 16px;align-items:baseline;flex-wrap:wrap;margin-bottom:12px}
header p{margin:0;color:var(--muted)}
h1{font-size:16px;margin:0}
h2{font-size:20px;margin:36px 0 8px}
h3{font-size:15px;margin:0 0 8px;display:inline-block}
section{margin-top:24px}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
code{background:var(--code);border-radius:4px;padding:1px 4px}
em{font-style:normal;color:var(--lost);font-weight:600}
.muted{color:var(--muted)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:16px}
.card{margin:0;background:var(--card);border:1px solid var(--line);border-top:5px solid var(--tone);border-radius:8px;padding:16px 20px}
.good{--tone:var(--good);--tone-ground:var(--good-ground)}
.card.bad{--tone:var(--lost);--tone-ground:var(--bad-ground)}
.doubtful{--tone:var(--doubt);--tone-ground:var(--doubt-ground)}
.label{display:flex;gap:10px;align-items:center;justify-content:space-between;margin:0;font-weight:600}
.badge{background:var(--tone-ground);color:var(--tone);border-radius:999px;padding:2px 12px;font-size:13px}
.label .badge:only-child{margin-left:0}
.big{margin:4px 0 0;display:flex;align-items:baseline;gap:12px;flex-wrap:wrap}
.big b{font-size:64px;line-height:1.1;font-weight:700;color:var(--tone);letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.big span{font-size:18px;color:var(--muted)}
.summary{margin:6px 0 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px 20px;margin:14px 0 0;border-top:1px solid var(--line);padding-top:12px}
.facts dt{color:var(--muted);font-size:12.5px;line-height:1.3}
.facts dd{margin:2px 0 0;font-weight:600;font-variant-numeric:tabular-nums}
.facts dd.bad{color:var(--lost)}
.picture{margin:16px 0 0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:6px 16px 12px}
.lane{display:grid;grid-template-columns:172px minmax(0,1fr);column-gap:10px;border-top:1px solid var(--line)}
.lane.axis{border-top:0}
.lane-name{align-self:end;padding-bottom:6px;font-size:13px;line-height:1.35}
.lane-name span{color:var(--muted);display:block;font-size:12px}
.latency .lane-name,.losses .lane-name{align-self:center;padding:0}
.labels{margin-top:4px}
.plot{display:block;width:100%;overflow:visible;font-size:11.5px}
.callout{fill:var(--lost);font-weight:600}
.scale{paint-order:stroke;stroke:var(--card);stroke-width:4px}
.steps{display:none}
svg text{fill:var(--muted)}
.control{fill:var(--control)}
.grid{stroke:var(--line);stroke-width:1}
.base{stroke:var(--muted);opacity:.5}
.phase{font-weight:600}
rect.serving{fill:var(--serving)}rect.draining{fill:var(--draining)}rect.closed{fill:var(--closed);stroke:var(--closed-edge);stroke-width:1}
rect.starting{fill:none;stroke:var(--muted);stroke-dasharray:3 3;opacity:.6}
rect.danger{fill:var(--danger)}
rect.sent{fill:var(--sent)}rect.sent-lost,rect.loss,rect.lost-bar{fill:var(--lost)}
.station{fill:var(--ink)}
.station text{fill:var(--ink)}
.station .leader{stroke:var(--ink);stroke-width:1;opacity:.35}
.station.sigterm text{font-weight:600}
.station.left{fill:var(--serving)}
.station.exited{fill:var(--muted);stroke:var(--card);stroke-width:2}
.station.exited text,.station.exited line{stroke-width:0}
.station.killed,.station.crashed{fill:var(--lost)}
.station.killed text,.station.crashed text{fill:var(--lost);font-weight:600}
.cross{stroke:var(--card);stroke-width:2;stroke-linecap:round;fill:none}
.curves path{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}
path.p50{stroke:var(--serving)}path.p99{stroke:var(--draining)}
.is-void .curves{opacity:.25}
.key{display:inline-block;width:14px;height:10px;border-radius:2px;margin-right:5px;vertical-align:-1px}
.key.serving{background:var(--serving)}.key.draining{background:var(--draining)}.key.closed{background:var(--closed);box-shadow:inset 0 0 0 1px var(--closed-edge)}.key.danger{background:var(--danger);box-shadow:inset 0 0 0 1px var(--lost)}.key.sent{background:var(--sent)}.key.loss{background:var(--lost);width:3px;height:12px;margin-left:4px}
.key.p50,.key.p99{height:3px;vertical-align:3px}.key.p50{background:var(--serving)}.key.p99{background:var(--draining);margin-left:8px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:8px 0 0;font-size:12.5px;color:var(--muted)}
.legend .bad{color:var(--lost)}
.blame,.warnings{margin:0;padding:0;list-style:none;background:var(--card);border:1px solid var(--line);border-radius:8px}
.blame li{display:grid;grid-template-columns:72px minmax(0,1fr);gap:12px;padding:12px 16px}
.blame li+li,.warnings li+li{border-top:1px solid var(--line)}
.blame p{margin:0}
.blame .amount{font-size:24px;line-height:1.1;color:var(--lost);text-align:right;font-variant-numeric:tabular-nums}
.fix{padding-top:4px;color:var(--muted)}.fix b{color:var(--good)}
.warnings li{padding:9px 16px 9px 36px;position:relative}
.warnings li::before{content:"!";position:absolute;left:16px;font-weight:700;color:var(--doubt)}
details{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 16px}
.stack details{border-radius:0;border-top-width:0}.stack details:first-of-type{border-top-width:1px;border-radius:8px 8px 0 0}.stack details:last-of-type{border-radius:0 0 8px 8px}.stack details:only-of-type{border-radius:8px}
summary{cursor:pointer}summary h3{margin:0}summary span{color:var(--muted)}
pre{white-space:pre-wrap;margin:8px 0 0;color:var(--muted)}
.scroll{overflow-x:auto;margin-top:8px}
table{border-collapse:collapse;width:100%;font-size:13px;overflow-wrap:normal}
th,td{text-align:left;padding:4px 14px 4px 0;white-space:nowrap;font-variant-numeric:tabular-nums}
th{color:var(--muted);font-weight:600;border-bottom:1px solid var(--line)}
td.id{color:var(--muted)}
.run{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:6px 24px;margin:0}
.run div{display:grid;grid-template-columns:110px minmax(0,1fr);gap:8px}
.run dt{color:var(--muted)}.run dd{margin:0}
.again{margin:12px 0 0}
@media (max-width:760px){main{padding:16px 12px 40px}.big b{font-size:48px}.picture{padding:6px 10px 10px}.lane{grid-template-columns:minmax(0,1fr)}.lane-name{padding:6px 0 0}.lane-name span{display:inline}.latency .lane-name,.losses .lane-name{padding:6px 0 2px}.axis .lane-name{display:none}.labels,.callout,.phase.before,.tick.odd{display:none}.steps{display:block;margin:2px 0 8px;font-size:12px;color:var(--muted)}.blame li{grid-template-columns:48px minmax(0,1fr);padding:12px}.legend{gap:4px 14px}}
@media print{body{background:none}details{break-inside:avoid}}
`;
