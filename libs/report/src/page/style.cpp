#include "page/style.h"

namespace cxrnet::report {

// Class colours: Okabe and Ito (2008), told apart by colour-blind eyes. Text has a contrast of 4.5
// or more on its ground in both schemes.
const char* const kStyleSheet = R"css(
:root {
  color-scheme: light dark;
  --ink: #1a2027; --soft: #56606b; --line: #dce1e7; --ground: #ffffff; --panel: #f6f8fa; --link: #0b5cad;
  --doubt-ink: #6a4300; --doubt: #fff3d4; --doubt-line: #e0a526; --bad-ink: #8e1d1d;
  --healthy: #009e73; --bacterial: #0072b2; --viral: #c66a9d; --covid19: #d55e00; --hit: 0, 158, 115; --miss: 213, 94, 0;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e8edf2; --soft: #a3adb8; --line: #333c47; --ground: #10151b; --panel: #181f27; --link: #7db8f2;
    --doubt-ink: #f6d58f; --doubt: #352a10; --doubt-line: #b98714; --bad-ink: #ffb0ab;
    --healthy: #19b98c; --bacterial: #3f9fdb; --viral: #d98bb6; --covid19: #ee7f2c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1160px; padding: 32px 24px 48px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 40px 0 10px; overflow-wrap: anywhere; }
p { margin: 0 0 10px; }
a { color: var(--link); text-underline-offset: 2px; }
code { font: .85em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; color: var(--soft); margin: 4px 0 18px; }
.lead ul { max-width: 80ch; margin: 0; padding-left: 1.2em; }
.lead li { margin: 0 0 6px; }
.note { color: var(--soft); font-size: .9rem; max-width: 80ch; }
.notice { background: var(--doubt); color: var(--doubt-ink); border-left: 4px solid var(--doubt-line); border-radius: 6px; padding: 10px 14px; }
.limits h2 { font-size: 1rem; margin: 14px 0 2px; }
.limits p { max-width: 90ch; font-size: .95rem; }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; }

dl { margin: 0; } dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 14px 0; font-size: .95rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 28px 0 12px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.tile dt { font-size: .9rem; } .tile .undefined { display: block; font-size: .95rem; }
.tile dd > strong { font-size: 1.9rem; line-height: 1.25; display: block; }
small { display: block; color: var(--soft); font-size: .8rem; }
.undefined { color: var(--soft); font-style: italic; }
td .undefined { display: inline-block; max-width: 13em; font-size: .85rem; line-height: 1.3; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 6px 0 14px; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding: 0 0 6px; }
th, td { text-align: left; padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: middle; font-weight: normal; }
thead th { color: var(--soft); font-weight: 600; font-size: .82rem; vertical-align: bottom; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; } td.number:has(.undefined) { white-space: normal; }
thead .group { text-align: center; border-bottom: 0; padding-bottom: 0; }
td.paper { color: var(--soft); background: var(--panel); }
tr.total > * { border-top: 2px solid var(--line); border-bottom: 0; font-weight: 600; }
.name { display: flex; align-items: center; gap: 10px; min-width: 11em; }
tbody th img { flex: none; width: 44px; height: 44px; object-fit: cover; border-radius: 6px; background: #000; }

.class { white-space: nowrap; }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .5em; background: var(--soft); }
.healthy { background: var(--healthy); } .bacterial { background: var(--bacterial); }
.viral { background: var(--viral); } .covid19 { background: var(--covid19); }
.stack { display: flex; width: 150px; height: 12px; border-radius: 6px; overflow: hidden; background: var(--line); gap: 1px; }
.chip { display: block; width: fit-content; white-space: nowrap; margin: 2px 0; background: var(--doubt); color: var(--doubt-ink); border-radius: 10px; padding: 1px 9px; font-size: .82rem; }
.none { color: var(--soft); }
.refused { color: var(--bad-ink); } .refused caption { color: inherit; font-weight: 600; font-size: 1rem; }
.refused td { color: var(--ink); } .refused tbody th { min-width: 7em; } td code { white-space: nowrap; }

.case { border: 1px solid var(--line); border-radius: 14px; background: var(--panel); padding: 20px; margin: 28px 0; break-inside: avoid; }
.heading { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 2px 24px; margin-bottom: 12px; }
.heading h2 { margin: 0; } .verdict { margin: 0; font-size: 1.25rem; } .verdict strong { margin-left: .4em; }
.flags { list-style: none; margin: 0 0 14px; padding: 0; }
.flags li { background: var(--doubt); color: var(--doubt-ink); border-left: 4px solid var(--doubt-line); border-radius: 6px; padding: 7px 12px; margin-bottom: 6px; }
.flags code { opacity: .85; white-space: nowrap; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px; }
figure { margin: 0; }
.pictures img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; border-radius: 8px; background: #000; }
figcaption { color: var(--soft); font-size: .86rem; line-height: 1.4; margin-top: 7px; } figcaption strong { color: var(--ink); }
.scale { display: flex; align-items: center; gap: 6px; margin-bottom: 4px; font-size: .8rem; }
.ramp { flex: 1; height: 9px; border-radius: 4px; }
.figures { display: grid; grid-template-columns: 3fr 2fr; gap: 8px 36px; margin-top: 14px; align-items: start; }
.figures .facts { flex-direction: column; margin: 4px 0; gap: 7px; font-size: .9rem; }
.bars { margin: 0; } .bars th, .bars td { border: 0; padding: 4px 8px 4px 0; font-weight: normal; }
.bars tbody th { min-width: 15.5em; } .bars .bar { width: 60%; } .bars .answer > * { font-weight: 700; }
.track { display: block; height: 14px; border-radius: 7px; background: var(--line); overflow: hidden; } .track span { display: block; height: 100%; }

.pair { display: grid; grid-template-columns: 3fr 2fr; gap: 0 40px; align-items: start; }
.matrix td, .matrix thead th { text-align: center; } .matrix th:first-child { text-align: left; } .matrix tbody small { color: inherit; }
.hit { background: rgba(var(--hit), calc(var(--share) * .5)); } .miss { background: rgba(var(--miss), calc(var(--share) * .8)); }
.reliability svg { display: block; width: 100%; max-width: 420px; height: auto; }
svg text { fill: var(--soft); font-size: 11px; } .grid { stroke: var(--line); } .ideal { stroke: var(--ink); stroke-dasharray: 5 4; }
.right { fill: var(--bacterial); opacity: .75; } .count { fill: var(--soft); opacity: .6; } .mean { fill: var(--ink); }
details { margin-top: 8px; } summary { cursor: pointer; color: var(--link); font-size: .9rem; }
@media (max-width: 760px) { .pair, .figures { grid-template-columns: 1fr; } body { padding: 20px 14px; } }
@media print {
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 12px; }
  body { max-width: none; padding: 0; font-size: 12px; } a { color: inherit; text-decoration: none; }
  .scroll { overflow: visible; } table { font-size: 8pt; } th, td { padding: 4px 5px; } td .class, .chip { white-space: normal; }
  .stack { width: 80px; } .name { min-width: 7em; } tr, section { break-inside: avoid; } h2 { margin-top: 20px; }
  .pictures { grid-template-columns: repeat(3, 1fr); gap: 8px; } .figures, .pair { grid-template-columns: 3fr 2fr; }
  .tiles { grid-template-columns: repeat(5, 1fr); gap: 6px; } .tile { padding: 8px; } .tile dd > strong { font-size: 1.4rem; }
}
)css";

}  // namespace cxrnet::report
