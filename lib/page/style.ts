const LIGHT = `
--paper:#eff2ec;--card:#fcfdfb;--ink:#16201a;--soft:#535f58;--line:#d8ded5;--track:#e6ebe3;
--sun:#eda200;--sun-ink:#855100;--house:#1b57b4;--house-ink:#1a55b0;--grid:#3b127c;--grid-ink:#6b33b0;
--battery:#1c9f65;--battery-ink:#0b6a3e;--own:#7fb2f5;--bad:#c1202c;--bad-soft:#fde6e4;--warn:#8a4b00;--warn-soft:#fff0d2;--good-soft:#e0f3e6;
--low-3:#5aa5ee;--low-2:#9cc9f6;--low-1:#d3e7fb;--mid:#e9eee6;--high-1:#fde3c8;--high-2:#fac48c;--high-3:#f39a4b;--cell-ink:#131b16;--hot:#dd6b10;
--sky-top:#cfe7fa;--sky-low:#f6f7ee;`;

const DARK = `
--paper:#0d1310;--card:#151d19;--ink:#e9f0ea;--soft:#a0aea5;--line:#2b3730;--track:#202a25;
--sun:#f0a41f;--sun-ink:#ffcd68;--house:#2f63c0;--house-ink:#8fbcff;--grid:#efe5ff;--grid-ink:#cbaaff;
--battery:#35a370;--battery-ink:#6fdda7;--own:#3b6db5;--bad:#ff8a84;--bad-soft:#43181a;--warn:#ffc46b;--warn-soft:#3a2a0c;--good-soft:#15301f;
--low-3:#2f6fb5;--low-2:#285583;--low-1:#233f5a;--mid:#25302a;--high-1:#4d3a22;--high-2:#7a5220;--high-3:#a5661a;--cell-ink:#fdfefd;--hot:#ff9d4d;
--sky-top:#16283a;--sky-low:#151d19;`;

const NIGHT = `--sky-top:#101a38;--sky-low:#1b2340;--card:#1a2340;--line:#38436a;--track:#2a3558;--soft:#b3bcd6;`;

/** The whole style of the page. Phone first; colours by the reader's light or dark setting, checked for contrast in the tests. */
export const STYLE = `
:root{${LIGHT}color-scheme:light dark}
.night{${DARK}${NIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}.night{${NIGHT}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:.9375rem/1.4 "Segoe UI Variable","Segoe UI",Roboto,"Noto Sans","DejaVu Sans",system-ui,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1240px;margin:0 auto;padding:0 12px}
h1,h2,h3,p,figure,dl,dd,ul{margin:0;padding:0}
h1{font-size:1.375rem;font-weight:650;letter-spacing:-.01em;line-height:1.25;overflow-wrap:break-word}
h1.critical{background:none;color:var(--bad)}h1.warning{background:none;color:var(--warn)}h1.outage{background:var(--bad);color:var(--paper);border-radius:12px;padding:10px 14px}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.lost{border-color:var(--bad);border-width:2px}
h2{font-size:1.0625rem;font-weight:650;letter-spacing:-.01em}
h3{font-size:0.8125rem;font-weight:600;color:var(--soft)}
.soft{color:var(--soft)}.small{font-size:0.8125rem}
header{padding-top:12px;padding-bottom:10px}
.grid{display:grid;gap:12px;grid-template-columns:minmax(0,1fr)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px 14px 16px;min-width:0}
.card>*+*{margin-top:12px}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:2px 12px}
.note{border-radius:12px;padding:12px 14px;border:1px solid;overflow-wrap:break-word}
.note>b{display:block}
summary{cursor:pointer}.note summary::marker{color:var(--soft)}.note details,details.note{padding:8px 14px}details[open] p{margin-top:4px}
.critical{background:var(--bad-soft);border-color:var(--bad);color:var(--bad)}
.warning{background:var(--warn-soft);border-color:var(--warn);color:var(--warn)}
.info{background:var(--card);border-color:var(--line);color:var(--ink)}
.note p{color:var(--ink);font-size:0.875rem}
.notes{display:grid;gap:8px}
#old{display:none;margin-bottom:12px}
body.old #old{display:block}
body.old .live{filter:grayscale(1);opacity:.38}
.hero{background:linear-gradient(var(--sky-top),var(--sky-low) 72%);color:var(--ink);padding-bottom:8px}
.hero h2{font-size:1.375rem;line-height:1.2}
.hero svg{display:block;width:100%;max-width:540px;margin:6px auto 0;overflow:visible}
svg text{fill:var(--ink);font-family:inherit}
svg .t-soft{fill:var(--soft)}
.flow{stroke-linecap:round;stroke-dasharray:.1 13;animation:run 1.5s linear infinite}
@keyframes run{to{stroke-dashoffset:-26.2}}
@media(prefers-reduced-motion:reduce){.flow{animation:none}}
.ages{display:grid;gap:8px;grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}
.age{border:1px solid var(--line);border-radius:14px;background:var(--card);padding:9px 14px 11px;min-width:0}
.age b{display:block;font-size:1rem;line-height:1.25;font-weight:600;overflow-wrap:break-word}.age.stale b{font-size:1.5rem}
.age .word{font-size:0.9375rem;font-weight:400;letter-spacing:0;color:var(--soft)}
.count{font-style:normal}.age .gone{display:none}
.age.stale .fresh{display:none}.age.stale .gone{display:block}
.age.stale{background:var(--bad);border-color:var(--bad)}
.age.stale,.age.stale .word,.age.stale .gone,.age.stale h3{color:var(--paper)}
.totals td{font-size:1.0625rem}
@media(max-width:699px){.hero svg{width:calc(100% + 20px);margin:4px -10px 0}.totals td{font-size:0.9375rem}}
.dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:7px;background:var(--c)}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:0.8125rem;color:var(--soft)}
.plot{position:relative;height:200px;margin:6px 4px 22px 46px}
.plot.low{height:150px}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:hidden}
.plot span{position:absolute;font-size:0.75rem;line-height:1;color:var(--soft);white-space:nowrap}
.plot .y{right:calc(100% + 6px);transform:translateY(-50%)}
.plot .x{top:calc(100% + 7px);transform:translateX(-50%)}
.plot .lv{left:4px;transform:translateY(-115%);color:var(--bad)}
.plot .x.minor{display:none}
.plot path{vector-effect:non-scaling-stroke}
.rule,.zero,.level{fill:none;stroke:var(--line);stroke-width:1}.zero{stroke:var(--soft)}.level{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4}
.off{fill:var(--battery);fill-opacity:.13}
.plot .end{display:none;transform:translateY(-50%);padding-left:7px;color:var(--ink)}.plot .end svg{position:static;width:22px;height:8px;margin-right:5px}
.key{margin-right:6px;vertical-align:baseline}
.plot[data-width],.plot[data-tips],.plot[data-cells]{touch-action:pan-y;cursor:crosshair}
.plot:focus-visible{outline:2px solid var(--house-ink);outline-offset:3px}
.tip{position:absolute;top:4px;z-index:2;margin:0 8px;padding:5px 9px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--ink);font-size:.8125rem;line-height:1.4;pointer-events:none;max-width:70%}
.tip i{display:inline-block;width:10px;height:3px;margin:0 6px 3px 0}
.cur{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none}
.plot.mosaic{background:var(--track);margin-left:56px}.mosaic.ends{margin-right:34px}.plot .z{left:calc(100% + 6px);transform:translateY(-50%)}
nav{display:flex;flex-wrap:wrap;gap:4px 14px;margin:6px 0}a{color:var(--house-ink)}
.empty{display:grid;place-items:center;height:120px;color:var(--soft);border:1px dashed var(--line);border-radius:10px;text-align:center;padding:0 16px}
.cells{display:grid;grid-template-columns:1fr 1fr;gap:5px}
.cells div{display:grid;grid-template-columns:24px 1fr auto;align-items:baseline;gap:0 6px;border-radius:7px;padding:5px 9px;background:var(--mid);color:var(--cell-ink)}
.cells small{font-size:0.75rem}
.cells .edge{outline:2px solid var(--ink);font-weight:750}
.cells .lo3{background:var(--low-3)}.cells .lo2{background:var(--low-2)}.cells .lo1{background:var(--low-1)}
.cells .hi1{background:var(--high-1)}.cells .hi2{background:var(--high-2)}.cells .hi3{background:var(--high-3)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(118px,1fr));gap:10px 14px}
.facts dt{font-size:0.8125rem;color:var(--soft);line-height:1.25}
.facts dd{font-size:1rem;font-weight:600;overflow-wrap:break-word}
.quad{grid-template-columns:repeat(2,minmax(0,1fr))}
@media(min-width:700px){.quad{grid-template-columns:repeat(4,minmax(0,1fr))}}
table{width:100%;border-collapse:collapse}
th,td{padding:5px 0 5px 10px;text-align:right;border-top:1px solid var(--line);white-space:nowrap;font-weight:400}
thead>*>*{border-top:0;color:var(--soft);font-size:0.8125rem}
th:first-child{text-align:left;padding-left:0;white-space:normal;overflow-wrap:anywhere}
td{font-weight:600}
.switches{display:grid;gap:6px}
.switches div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;border-top:1px solid var(--line);padding-top:6px}
.switches b.off{color:var(--bad)}
.tags{display:flex;flex-wrap:wrap;gap:6px;list-style:none}
.tags li{border-radius:7px;padding:3px 9px;background:var(--track);font-size:0.875rem}
.tags li.on{background:var(--good-soft)}
.tags li.critical,.tags li.warning{border:1px solid;font-weight:600}
.orders{list-style:none;display:grid;gap:0}
.orders li{border-top:1px solid var(--line);padding:7px 0;overflow-wrap:break-word}
.orders li:first-child{border-top:0;padding-top:0}
.orders .odd{color:var(--warn)}
.orders .state{float:right;font-weight:600;margin-left:12px}
.why{overflow-wrap:break-word}
footer{padding-top:14px;padding-bottom:24px;font-size:0.8125rem;color:var(--soft)}
@media(min-width:700px){.plot.named{margin-right:104px}.plot .end{display:inline}.legend:has(+.named){display:none}.plot .x.minor{display:inline}.plot{height:240px}.plot.low{height:180px}main,header,footer{padding-left:20px;padding-right:20px}}
@media(max-width:374px){main,header,footer{padding-left:8px;padding-right:8px}.card{padding:12px 10px 14px}.totals td{font-size:.8125rem}th,td{padding-left:5px;font-size:.8125rem}.hero svg .t-soft{font-size:17px}.cells div{padding:5px 6px;gap:0 3px;grid-template-columns:18px 1fr auto}.plot{margin-left:40px}}
@media(min-width:980px){.low.named .x.minor{display:none}.grid{grid-template-columns:repeat(12,minmax(0,1fr));gap:16px}.grid>*{grid-column:span 12}.grid>.s7{grid-column:span 7}.grid>.s6{grid-column:span 6}.grid>.s5{grid-column:span 5}.grid>.s4{grid-column:span 4}.grid>.s8{grid-column:span 8}.card{padding:18px 20px 20px}.side{display:grid;gap:16px;align-content:start}}
@media(max-width:979px){.side{display:contents}.later{order:1}}
@media print{.card,.note{break-inside:avoid}}
`.replace(/\n/g, "");
