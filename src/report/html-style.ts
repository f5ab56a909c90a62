/** The page's only style; it names no font, picture or script from elsewhere, so that the page works offline. */
export const style = `
:root { color-scheme: light dark; --text: #1f2328; --muted: #59636e; --page: #ffffff; --card: #f6f8fa; --line: #d1d9e0;
  --pass: #1a7f37; --fail: #cf222e; --inconclusive: #9a6700; --error: #8250df; --none: #57606a; --accent: #0969da; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9198a1; --page: #0d1117; --card: #151b23;
  --line: #3d444d; --pass: #3fb950; --fail: #f85149; --inconclusive: #d29922; --error: #ab7df8; --none: #9198a1; --accent: #4493f8; } }
* { box-sizing: border-box; }
body { overflow-wrap: anywhere; margin: 0 auto; padding: 24px 20px 64px; max-width: 1120px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 36px 0 12px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 24px 0 8px; }
h2 a { color: inherit; text-decoration: none; }
p { margin: 0 0 8px; }
code, pre { font: 12.5px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; overflow-x: auto; white-space: pre-wrap; }
.banner { border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: 8px; background: var(--card); padding: 16px 20px; }
.pass { --tone: var(--pass); } .fail { --tone: var(--fail); } .inconclusive { --tone: var(--inconclusive); }
.error { --tone: var(--error); } .none { --tone: var(--none); }
.notice { border-left: 4px solid var(--inconclusive); padding: 4px 12px; margin: 12px 0; }
.muted, small { color: var(--muted); }
small { font-size: 12.5px; } small span { white-space: nowrap; } td.level { white-space: nowrap; }
a { color: var(--accent); }
.mark { color: var(--tone); font-weight: 600; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: 13px; padding-bottom: 4px; }
th, td { border-bottom: 1px solid var(--line); padding: 7px 10px; text-align: left; vertical-align: top; }
th { font-weight: 600; }
thead th, td { overflow-wrap: break-word; }
thead th { border-bottom-width: 2px; font-size: 13px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(440px, 1fr)); gap: 16px; margin: 16px 0; }
@media (max-width: 520px) { .charts { grid-template-columns: 1fr; } }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px 8px; min-width: 0; }
figcaption { font-weight: 600; font-size: 13.5px; margin-bottom: 6px; }
figcaption span { font-weight: 400; color: var(--muted); }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg text { fill: var(--text); } svg .soft { fill: var(--muted); }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .whisker { stroke: var(--tone); stroke-width: 2; fill: none; } svg .dot { fill: var(--tone); stroke: var(--page); stroke-width: 1.5; }
svg .bar { fill: var(--tone); opacity: .85; } svg .limit { stroke: var(--text); stroke-width: 2; stroke-dasharray: 3 2; }
svg .path { stroke: var(--muted); fill: none; stroke-width: 1.5; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 10px 0; padding: 0 14px; }
summary { cursor: pointer; padding: 9px 0; font-weight: 600; }
details[open] { padding-bottom: 10px; }
ul { margin: 6px 0; padding-left: 22px; }
@media print { details { break-inside: avoid; } }
`;
