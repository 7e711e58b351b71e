#include "study/style.h"

namespace cxrnet::report {

// Diagrams are drawn on white in every colour scheme: their colours are chosen for it.
const char* const kStudyStyle = R"css(
header .lead { color: var(--ink); max-width: 80ch; }
h3 { font-size: 1.02rem; margin: 22px 0 6px; }
section > p { max-width: 85ch; }
.contents { margin: 18px 0; padding: 12px 18px; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.contents ol { columns: 3; column-gap: 32px; margin: 0; padding: 0; list-style: none; font-size: .95rem; }
.contents li { padding: 2px 0; break-inside: avoid; } .contents .gone { color: var(--soft); }
.glance { grid-template-columns: repeat(3, 1fr); }
.absent { border-left: 4px solid var(--line); padding: 4px 12px; color: var(--soft); }
.caution { background: var(--doubt); color: var(--doubt-ink); border-left: 4px solid var(--doubt-line); border-radius: 6px; padding: 10px 14px; }
.plot { margin: 8px 0 16px; } .plot svg { display: block; width: 100%; height: auto; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
.plot svg text { fill: inherit; font-size: inherit; font-family: "Liberation Sans", Arial, Helvetica, sans-serif; }
.plot figcaption { max-width: 95ch; }
.halves { display: grid; grid-template-columns: 1fr 1fr; gap: 0 28px; align-items: start; } .halves > * { min-width: 0; }
.halves .matrix th, .halves .matrix td { padding: 6px 7px; }
.strip { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; margin: 10px 0; }
.means { grid-template-columns: repeat(4, 1fr); max-width: 760px; }
.strip img, .gallery td img { display: block; width: 100%; height: auto; border-radius: 6px; background: #000; }
.gallery td, .gallery th { padding: 5px 6px; border-bottom: 0; } .gallery tbody th { width: 7.5em; font-size: .9rem; }
.gallery td { min-width: 96px; max-width: 220px; }
.wide table { font-size: .86rem; } .wide th, .wide td { padding: 5px 6px; } .wide thead th { font-size: .78rem; white-space: normal; }
.wide .interval { font-size: .72rem; white-space: nowrap; }
tr.ours > * { background: var(--panel); } tr.ours > th { border-left: 4px solid #d55e00; }
.narrow { max-width: 700px; } .wide tbody th { overflow-wrap: normal; min-width: 8.5em; }
.wide + .note, details + .note { margin-top: 12px; }
tr.group > th { padding-top: 16px; color: var(--soft); font-weight: 600; }
tr.shortfall { color: var(--bad-ink); } tbody th small { font-weight: normal; }
@media (max-width: 760px) { .halves { grid-template-columns: 1fr; } .strip { grid-template-columns: repeat(3, 1fr); } .glance { grid-template-columns: 1fr 1fr; } .contents ol { columns: 1; } }
@media print { .contents ol { columns: 3; } .plot { break-inside: avoid; } .glance { grid-template-columns: repeat(3, 1fr); } }
)css";

}  // namespace cxrnet::report
