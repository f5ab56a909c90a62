import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  connect,
  publish
} from "./chunk-QFP7JY6R.js";
import {
  getState,
  notify,
  readContext,
  readSettings,
  saveState
} from "./chunk-HZZW3SX7.js";

// src/github/markdown-limits.ts
var commentLimit = 65e3;
var summaryLimit = 1e6;
function shorten(markdown, limit, notice, unit = "characters") {
  const length = unit === "bytes" ? Buffer.byteLength : (text) => text.length;
  if (length(markdown) <= limit) return markdown;
  const lines = markdown.split("\n");
  const kept = [];
  let size = length(notice) + 64;
  let fence;
  let details = 0;
  let closing = "";
  for (const line of lines) {
    const marker = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (marker) fence = fence === void 0 ? marker : marker.startsWith(fence) ? void 0 : fence;
    if (fence === void 0) {
      details += line.match(/<details\b/g)?.length ?? 0;
      details -= line.match(/<\/details>/g)?.length ?? 0;
    }
    const close = `${fence === void 0 ? "" : `
${fence}`}${"\n\n</details>".repeat(Math.max(0, details))}`;
    size += length(line) + 1;
    if (size + length(close) > limit) break;
    kept.push(line);
    closing = close;
  }
  return `${kept.join("\n")}${closing}

${notice}
`;
}

// src/github/check-run.ts
async function openCheckRun(github, request) {
  const { owner, repo, name, headSha, detailsUrl } = request;
  const { data } = await github.rest.checks.create({
    owner,
    repo,
    name,
    head_sha: headSha,
    status: "in_progress",
    started_at: (/* @__PURE__ */ new Date()).toISOString(),
    details_url: detailsUrl
  });
  return data.id;
}
async function completeCheckRun(github, { owner, repo }, id, { conclusion, title, markdown, shortened }) {
  await github.rest.checks.update({
    owner,
    repo,
    check_run_id: id,
    status: "completed",
    conclusion,
    completed_at: (/* @__PURE__ */ new Date()).toISOString(),
    output: { title: title.slice(0, 250), summary: shorten(markdown, commentLimit, shortened) }
  });
}

// src/action/abandoned.ts
function rememberCheck(id) {
  saveState("check", String(id));
}
function rememberCheckClosed() {
  saveState("check-closed", "true");
}
async function closeAbandonedCheck() {
  const check = getState("check");
  if (!check || getState("check-closed") === "true") return;
  const context = readContext(process.env);
  const { token } = readSettings();
  const done = await publish(
    "The check run",
    "checks: write",
    () => completeCheckRun(connect(token), context, Number(check), {
      conclusion: "failure",
      title: "No verdict: the gate was killed",
      markdown: "The process ended before it came to a verdict: out of memory, out of time, or the runner was stopped. The log of the run shows how far it got.",
      shortened: ""
    })
  );
  if (!done.published) notify(done.notice);
}

export {
  commentLimit,
  summaryLimit,
  shorten,
  openCheckRun,
  completeCheckRun,
  rememberCheck,
  rememberCheckClosed,
  closeAbandonedCheck
};
