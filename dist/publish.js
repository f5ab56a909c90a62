import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  judgeTrust
} from "./chunk-T2KURUUF.js";
import {
  connect,
  publish
} from "./chunk-QFP7JY6R.js";
import {
  parseManifest
} from "./chunk-JDS4LCJR.js";
import {
  orFail
} from "./chunk-M6QPCRVE.js";
import "./chunk-WJAFFFVP.js";
import {
  getInput,
  info,
  oneOf,
  readContext,
  setOutput
} from "./chunk-HZZW3SX7.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-GS7IUMDA.js";
import "./chunk-S3TI7HZ4.js";
import {
  sha256,
  sha256File,
  writeAtomic
} from "./chunk-WIWNDQCD.js";
import "./chunk-AWTNAXIU.js";
import {
  UserError
} from "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/publish.ts
import { mkdtemp, readFile as readFile2 } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

// src/github/release.ts
import { readFile } from "node:fs/promises";
async function publishRelease(github, request) {
  const { owner, repo } = request;
  const release = await findRelease(github, request) ?? await createRelease(github, request);
  const existing = await github.paginate(github.rest.repos.listReleaseAssets, {
    owner,
    repo,
    release_id: release.id,
    per_page: 100
  });
  const uploaded = [];
  const kept = [];
  for (const { name, path } of request.assets) {
    const bytes = await readFile(path);
    const old = existing.find((asset) => asset.name === name);
    if (old && old.digest === `sha256:${sha256(bytes)}`) {
      kept.push(name);
      continue;
    }
    if (old) await github.rest.repos.deleteReleaseAsset({ owner, repo, asset_id: old.id });
    await github.rest.repos.uploadReleaseAsset({
      owner,
      repo,
      release_id: release.id,
      name,
      // The types know text alone; the request takes bytes as they are.
      data: bytes,
      headers: { "content-type": "application/octet-stream" },
      ...release.upload_url && { baseUrl: uploadBase(release.upload_url) }
    });
    uploaded.push(name);
  }
  return { url: release.html_url, uploaded, kept };
}
async function findRelease(github, { owner, repo, tag }) {
  try {
    return (await github.rest.repos.getReleaseByTag({ owner, repo, tag })).data;
  } catch (error) {
    if (error.status === 404) return void 0;
    throw error;
  }
}
async function createRelease(github, { owner, repo, tag, sha, body, prerelease }) {
  const release = { owner, repo, tag_name: tag, target_commitish: sha, name: tag, body, prerelease };
  return (await github.rest.repos.createRelease(release)).data;
}
function uploadBase(uploadUrl) {
  return uploadUrl.slice(0, uploadUrl.indexOf("/repos/"));
}

// src/action/publish.ts
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  refuseStrangers(context);
  const bundle = resolve(context.workspace, getInput("bundle", { required: true }));
  const manifestPath = join(bundle, "manifest.json");
  const manifest = parseManifest(await readFile2(manifestPath, "utf8"), manifestPath);
  const { publish: wish } = manifest.policy;
  const variants = oneOf("variants", getInput("variants") || wish?.variants || "passing", ["passing", "all"]);
  if (wish?.to === "none") {
    info("nothing is published: the policy says `publish: { to: none }`");
    return 0;
  }
  const wanted = manifest.files.filter(
    ({ kind, level, verdict }) => kind === "model" && (level === 0 || verdict === "pass" || variants === "all")
  );
  const assets = [];
  const subjects = [];
  for (const file of wanted) {
    refuseExternalData(file, manifest.files);
    const path = join(bundle, file.path);
    if (await sha256File(path) !== file.sha256) {
      throw new UserError(`${path} is not the file that the manifest lists: its SHA-256 differs`);
    }
    const name = `${file.model}-${file.variant}.onnx`;
    assets.push({ name, path });
    subjects.push({
      name,
      sha256: file.sha256,
      ...file.model && { model: file.model },
      ...file.variant && { variant: file.variant }
    });
  }
  const folder = await mkdtemp(join(process.env["RUNNER_TEMP"] || tmpdir(), "quant-gate-"));
  const provenance = join(folder, "provenance.json");
  await writeAtomic(provenance, `${JSON.stringify(provenanceOf(context, manifest, subjects), null, 2)}
`);
  assets.push({ name: "manifest.json", path: manifestPath }, { name: "provenance.json", path: provenance });
  const tag = getInput("tag") || pushedTag() || `quant-gate-${context.headSha.slice(0, 12)}`;
  const done = await publish(
    "The release",
    "contents: write",
    () => publishRelease(connect(getInput("github-token")), {
      ...context,
      tag,
      sha: context.headSha,
      body: `Models of ${context.headSha}, quantized and measured by Quant Gate: ${context.runUrl}`,
      prerelease: pushedTag() === void 0,
      assets
    })
  );
  if (!done.published) throw new UserError(done.notice);
  const { url, uploaded, kept } = done.value;
  info(`${url}: ${uploaded.length} uploaded, ${kept.length} unchanged`);
  setOutput("release", url);
  setOutput("assets", assets.map(({ name }) => name).join("\n"));
  return 0;
});
function refuseStrangers(context) {
  if (context.pullRequest || !judgeTrust(context).trusted) {
    throw new UserError(`nothing is published from a ${context.eventName} event; use push, a tag or workflow_dispatch`);
  }
}
function refuseExternalData(file, files) {
  const data = files.find(
    ({ kind, model, variant }) => kind === "external-data" && model === file.model && variant === file.variant
  );
  if (!data) return;
  throw new UserError(
    `${file.path} keeps its weights in ${data.path}; a release has no folders, so such a model is published as the artifact, or with a step of your own from the output \`bundle\``
  );
}
function pushedTag() {
  return process.env["GITHUB_REF_TYPE"] === "tag" ? process.env["GITHUB_REF_NAME"] : void 0;
}
function provenanceOf(context, { policy, versions, verdict }, files) {
  return {
    provenanceVersion: 1,
    repository: `${context.owner}/${context.repo}`,
    commit: context.headSha,
    ref: process.env["GITHUB_REF"] ?? "",
    workflow: process.env["GITHUB_WORKFLOW_REF"] ?? "",
    run: context.runUrl,
    verdict,
    policy,
    versions,
    files
  };
}
