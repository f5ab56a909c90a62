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
  findPull,
  inArtifact,
  openCheck,
  setOutputs,
  summarize,
  summarizeNotices,
  upload
} from "./chunk-GW5GVZMC.js";
import "./chunk-UNTQQSY5.js";
import {
  joinOutputs
} from "./chunk-RZ3EFDIQ.js";
import {
  version
} from "./chunk-UDK3BZQH.js";
import "./chunk-NQC2BDCY.js";
import {
  temporaryFolder
} from "./chunk-NKYCQM73.js";
import {
  connect
} from "./chunk-ZWD26MMW.js";
import "./chunk-CJT7LXAK.js";
import {
  errorOutcome,
  joinedOutcome,
  nothingToDo,
  orFail,
  withNotice
} from "./chunk-MGJFB4FF.js";
import {
  annotate,
  getInput,
  group,
  info,
  readContext,
  readSettings,
  setOutput,
  wrong
} from "./chunk-5OS4J2EC.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-XF2I4JOX.js";
import "./chunk-MXRGQT2E.js";
import "./chunk-WIJZFTFA.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/action/report.ts
import { join } from "node:path";
var reportLimit = 64 * 2 ** 20;
var bundleLimit = 64 * 2 ** 30;
var claimed = "This is what the pull request’s own run reported. Its files, and a fork’s workflow, are its author’s, so nothing of it is verified.";
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { token, ...settings } = readSettings();
  const github = connect(token || "none");
  const prefix = getInput("artifacts") || "quant-gate-";
  const folder = await temporaryFolder();
  const outDir = await temporaryFolder();
  const publication = {
    context,
    settings,
    github,
    ...context.pullRequest && { pull: context.pullRequest.number },
    notices: []
  };
  const run = context.event.workflow_run;
  if (run) {
    const owned = whoPosts(context.event, run);
    const pull = owned ? void 0 : await findPull(github, context, run);
    if (pull === void 0) {
      info(`nothing is posted: ${owned ?? "no open pull request has this head"}`);
      return 0;
    }
    const from = { token, runId: run.id, owner: context.owner, repo: context.repo };
    const unzip = { wanted: ["report.json"], limit: reportLimit };
    const downloads = await group("Reports", () => downloadArtifacts({ prefix, folder, from, unzip }));
    if (downloads.length === 0) {
      info(`nothing is posted: run ${run.id} left no report`);
      return 0;
    }
    const { report } = await joinDownloads(downloads, outDir);
    const outcome2 = withNotice(joinedOutcome(report, outDir), claimed);
    publication.pull = pull;
    await group("Summary", () => summarize(publication, outcome2));
    await group("Comment", () => comment(publication, outcome2, void 0));
    setOutput("verdict", "");
    setOutput("summary", `Posted what run ${run.id} reports; nothing of it is verified`);
    setOutput("report", join(outDir, "report.json"));
    setOutput("bundle", outDir);
    setOutput("artifact-url", "");
    return 0;
  }
  await group("Check run", () => openCheck(publication));
  const stopListening = closeCheckOnSignal(publication);
  const outcome = await group("Reports", async () => {
    try {
      const downloads = await downloadArtifacts({ prefix, folder, unzip: { limit: bundleLimit } });
      return await joined(downloads, outDir, readExpected());
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
function whoPosts(event, run) {
  if (run.event !== "pull_request") return `run ${run.id} was started by ${run.event}, not by pull_request`;
  const own = run.head_repository?.id === event.repository?.id;
  if (!own || run.actor?.login === "dependabot[bot]") return void 0;
  return `run ${run.id} is of a branch of this repository and posts itself`;
}
async function joinDownloads(downloads, outDir) {
  try {
    return await joinOutputs(
      downloads.map((download) => download.folder),
      outDir,
      { version }
    );
  } catch (error) {
    throw inArtifact(error, downloads);
  }
}
async function joined(downloads, outDir, expected) {
  const missing = (expected ?? 1) - downloads.length;
  if (downloads.length === 0) {
    if (expected === 0) return nothingToDo();
    return errorOutcome(new UserError(`none of ${expected ?? "the"} jobs left a report; their logs say why`));
  }
  const { report } = await joinDownloads(downloads, outDir);
  const outcome = joinedOutcome(report, outDir);
  if (missing <= 0) return outcome;
  const title = `${missing} of ${expected} jobs left no report; their logs say why`;
  return { ...withNotice(outcome, `❌ ${title}.`), exitCode: 1, verdict: "error", conclusion: "failure", title };
}
