import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  connect,
  createOnce,
  once,
  publish
} from "./chunk-ZWD26MMW.js";
import {
  getState,
  notify,
  readContext,
  saveState,
  settingsForMistake
} from "./chunk-5OS4J2EC.js";
import {
  escapeLine
} from "./chunk-MXRGQT2E.js";

// src/github/markdown-limits.ts
var commentLimit = 65e3;
var checkLimit = 65e3;
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
  const open = async () => {
    const { data } = await github.rest.checks.create({
      owner,
      repo,
      name,
      head_sha: headSha,
      status: "in_progress",
      started_at: (/* @__PURE__ */ new Date()).toISOString(),
      details_url: detailsUrl,
      ...once
    });
    return data.id;
  };
  const find = async () => {
    const request2 = { owner, repo, ref: headSha, check_name: name, status: "in_progress", per_page: 100 };
    const { data } = await github.rest.checks.listForRef(request2);
    return data.check_runs.find(({ details_url: url }) => url === detailsUrl)?.id;
  };
  return createOnce(open, find);
}
async function completeCheckRun(github, { owner, repo }, id, { conclusion, title, markdown, shortened }) {
  await github.rest.checks.update({
    owner,
    repo,
    check_run_id: id,
    status: "completed",
    conclusion,
    completed_at: (/* @__PURE__ */ new Date()).toISOString(),
    output: { title: escapeLine(title, 250), summary: shorten(markdown, checkLimit, shortened, "bytes") }
  });
}

// src/action/abandoned.ts
function rememberCheck(id) {
  saveState("check", String(id));
}
function rememberCheckClosed() {
  saveState("check-closed", "true");
}
function rememberVerdict({ conclusion, title }) {
  saveState("verdict", JSON.stringify({ conclusion, title }));
}
async function closeAbandonedCheck() {
  const check = getState("check");
  if (!check || getState("check-closed") === "true") return;
  const context = readContext(process.env);
  const { token } = settingsForMistake();
  const done = await publish(
    "The check run",
    "checks: write",
    () => completeCheckRun(connect(token), context, Number(check), { ...rememberedVerdict(), shortened: "" })
  );
  if (!done.published) notify(done.notice);
}
function rememberedVerdict() {
  const verdict = getState("verdict");
  if (verdict) {
    const markdown = "The report could not be put here when the gate ended. It is in the job summary of the run.";
    return { ...JSON.parse(verdict), markdown };
  }
  return {
    conclusion: "failure",
    title: "No verdict: the gate was killed",
    markdown: "The process ended before it came to a verdict: out of memory, out of time, or the runner was stopped. The log of the run shows how far it got."
  };
}

export {
  commentLimit,
  checkLimit,
  summaryLimit,
  shorten,
  openCheckRun,
  completeCheckRun,
  rememberCheck,
  rememberCheckClosed,
  rememberVerdict,
  closeAbandonedCheck
};
