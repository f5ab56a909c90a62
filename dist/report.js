import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeCheck,
  closeCheckOnSignal,
  comment,
  downloadArtifacts,
  openCheck,
  setOutputs,
  summarize,
  summarizeNotices,
  upload
} from "./chunk-FBZNYCXQ.js";
import "./chunk-UNWJ3I5J.js";
import {
  joinOutputs
} from "./chunk-5DO43FZQ.js";
import {
  version
} from "./chunk-TAXVLVUF.js";
import "./chunk-NQC2BDCY.js";
import {
  connect
} from "./chunk-QFP7JY6R.js";
import "./chunk-JDS4LCJR.js";
import {
  orFail
} from "./chunk-M6QPCRVE.js";
import {
  errorOutcome,
  joinedOutcome,
  nothingToDo,
  withNotice
} from "./chunk-WJAFFFVP.js";
import {
  annotate,
  getInput,
  group,
  info,
  readContext,
  readSettings,
  wrong
} from "./chunk-HZZW3SX7.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-GS7IUMDA.js";
import "./chunk-S3TI7HZ4.js";
import "./chunk-WIWNDQCD.js";
import "./chunk-AWTNAXIU.js";
import {
  UserError
} from "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/report.ts
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// src/github/find-pull.ts
async function findPull(github, { owner, repo }, run) {
  const from = run.head_repository?.owner?.login;
  if (!from || !run.head_branch) return void 0;
  const head = `${from}:${run.head_branch}`;
  const { data } = await github.rest.pulls.list({ owner, repo, state: "open", head, per_page: 100 });
  return data.find((pull) => pull.head.sha === run.head_sha && pull.head.repo?.id === run.head_repository?.id)?.number;
}

// src/action/report.ts
var reportLimit = 64 * 2 ** 20;
var bundleLimit = 64 * 2 ** 30;
var fork = "This is what the fork’s own run reported. Its workflow and its files are the author’s, so nothing of it is verified.";
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { token, ...settings } = readSettings();
  const github = connect(token || "none");
  const prefix = getInput("artifacts") || "quant-gate-";
  const folder = await mkdtemp(join(process.env["RUNNER_TEMP"] || tmpdir(), "quant-gate-"));
  const outDir = await mkdtemp(join(process.env["RUNNER_TEMP"] || tmpdir(), "quant-gate-"));
  const publication = {
    context,
    settings,
    github,
    ...context.pullRequest && { pull: context.pullRequest.number },
    notices: []
  };
  const run = context.event.workflow_run;
  if (run) {
    const from = { token, runId: run.id, owner: context.owner, repo: context.repo };
    const unzip = { wanted: ["report.json"], limit: reportLimit };
    const folders = await group("Reports", () => downloadArtifacts({ prefix, folder, from, unzip }));
    const pull = await findPull(github, context, run);
    if (pull === void 0 || folders.length === 0) {
      info(pull === void 0 ? "no open pull request has this head" : `run ${run.id} left no report`);
      return 0;
    }
    const { report } = await joinOutputs(folders, outDir, { version });
    const outcome2 = withNotice(joinedOutcome(report, outDir), fork);
    publication.pull = pull;
    publication.context = { ...context, headSha: run.head_sha };
    await group("Summary", () => summarize(publication, outcome2));
    await group("Comment", () => comment(publication, outcome2, void 0));
    setOutputs(outcome2, void 0);
    return 0;
  }
  await group("Check run", () => openCheck(publication));
  const stopListening = closeCheckOnSignal(publication);
  const outcome = await group("Reports", async () => {
    try {
      const folders = await downloadArtifacts({ prefix, folder, unzip: { limit: bundleLimit } });
      return await joined(folders, outDir, readExpected());
    } catch (error) {
      return errorOutcome(error);
    }
  });
  const artifact = await group("Artifact", () => upload(publication, outcome));
  await group("Summary", () => summarize(publication, outcome));
  await group("Comment", () => comment(publication, outcome, artifact));
  await group("Check run", () => closeCheck(publication, outcome, artifact));
  stopListening();
  await summarizeNotices(publication);
  setOutputs(outcome, artifact);
  annotate(outcome);
  return outcome.exitCode;
});
function readExpected() {
  const value = getInput("expected");
  if (!value) return void 0;
  if (!/^\d+$/.test(value)) throw wrong("expected", value, "a number of artifacts");
  return Number(value);
}
async function joined(folders, outDir, expected) {
  const missing = (expected ?? 1) - folders.length;
  if (folders.length === 0) {
    if (expected === 0) return nothingToDo();
    return errorOutcome(new UserError(`none of ${expected ?? "the"} jobs left a report; their logs say why`));
  }
  const { report } = await joinOutputs(folders, outDir, { version });
  const outcome = joinedOutcome(report, outDir);
  if (missing <= 0) return outcome;
  const title = `${missing} of ${expected} jobs left no report; their logs say why`;
  return { ...withNotice(outcome, `❌ ${title}.`), exitCode: 1, verdict: "error", conclusion: "failure", title };
}
