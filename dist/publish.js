import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  judgeTrust
} from "./chunk-AXJ4VDCU.js";
import {
  temporaryFolder
} from "./chunk-NKYCQM73.js";
import {
  connect,
  createOnce,
  isNotFound,
  isServerError,
  once,
  publish,
  unlessGone
} from "./chunk-ZWD26MMW.js";
import {
  parseManifest
} from "./chunk-CJT7LXAK.js";
import {
  orFail
} from "./chunk-MGJFB4FF.js";
import {
  getInput,
  info,
  oneOf,
  readContext,
  setOutput
} from "./chunk-5OS4J2EC.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-XF2I4JOX.js";
import {
  array,
  literal,
  object,
  string
} from "./chunk-MXRGQT2E.js";
import {
  sha256File,
  writeAtomic
} from "./chunk-WIJZFTFA.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/action/publish.ts
import { readFile as readFile2 } from "node:fs/promises";
import { join, resolve } from "node:path";

// src/github/release.ts
import { readFile } from "node:fs/promises";
var provenanceFile = "provenance.json";
var unfinished = "<!-- quant-gate: unfinished -->";
async function publishRelease(github, request) {
  const release = await findRelease(github, request) ?? await createDraft(github, request);
  const existing = await listAssets(github, request, release);
  const assets = await Promise.all(
    request.assets.map(async (asset) => ({ ...asset, digest: `sha256:${await sha256File(asset.path)}` }))
  );
  const isThere = ({ name, digest }) => existing.some((asset) => asset.name === name && asset.digest === digest);
  if (release.immutable) {
    const other = assets.find((asset) => !asset.record && !isThere(asset));
    if (other) {
      throw new UserError(
        `release ${request.tag} is immutable and has not this ${other.name}; publish under another tag (input tag)`
      );
    }
    return { url: release.html_url, uploaded: [], kept: assets.map(({ name }) => name), removed: [], draft: false };
  }
  const removed = await removeOutdated(github, request, existing);
  const uploaded = [];
  const kept = [];
  for (const asset of assets) {
    if (isThere(asset)) {
      kept.push(asset.name);
      continue;
    }
    const old = existing.find(({ name }) => name === asset.name);
    if (old) await deleteAsset(github, request, old);
    await upload(github, request, { release, asset });
    uploaded.push(asset.name);
  }
  const ours = release.draft && release.body?.includes(unfinished) === true;
  const url = ours ? await publishDraft(github, request, release) : release.html_url;
  return { url, uploaded, kept, removed, draft: release.draft && !ours };
}
async function findRelease(github, request) {
  const { owner, repo, tag } = request;
  try {
    return (await github.rest.repos.getReleaseByTag({ owner, repo, tag })).data;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return findDraft(github, request);
  }
}
async function findDraft(github, { owner, repo, tag }) {
  const all = await github.paginate(github.rest.repos.listReleases, { owner, repo, per_page: 100 });
  return all.find(({ draft, tag_name: name }) => draft && name === tag);
}
async function createDraft(github, request) {
  const { owner, repo, tag, sha, body, prerelease } = request;
  const draft = { tag_name: tag, target_commitish: sha, name: tag, body: `${body}

${unfinished}`, prerelease };
  return createOnce(
    async () => (await github.rest.repos.createRelease({ owner, repo, ...draft, draft: true, ...once })).data,
    () => findDraft(github, request)
  );
}
async function publishDraft(github, { owner, repo, sha }, release) {
  const { data } = await github.rest.repos.updateRelease({
    owner,
    repo,
    release_id: release.id,
    body: release.body.replace(unfinished, "").trimEnd(),
    // Of an earlier run it may be another commit.
    target_commitish: sha,
    draft: false
  });
  return data.html_url;
}
async function listAssets(github, { owner, repo }, { id }) {
  return github.paginate(github.rest.repos.listReleaseAssets, { owner, repo, release_id: id, per_page: 100 });
}
async function deleteAsset(github, { owner, repo }, { id }) {
  await unlessGone(github.rest.repos.deleteReleaseAsset({ owner, repo, asset_id: id }));
}
async function upload(github, request, { release, asset }) {
  const { owner, repo } = request;
  const { name, path, digest } = asset;
  const bytes = await readFile(path);
  const send = () => github.rest.repos.uploadReleaseAsset({
    owner,
    repo,
    release_id: release.id,
    name,
    // The types know text alone; the request takes bytes as they are.
    data: bytes,
    headers: { "content-type": "application/octet-stream" },
    ...release.upload_url && { baseUrl: uploadBase(release.upload_url) },
    ...once
  });
  try {
    await send();
  } catch (error) {
    if (!isServerError(error) && !/already_exists/.test(error.message)) throw error;
    const there = (await listAssets(github, request, release)).find((each) => each.name === name);
    if (there?.digest === digest) return;
    if (there) await deleteAsset(github, request, there);
    await send();
  }
}
async function removeOutdated(github, request, existing) {
  const provenance = existing.find(({ name }) => name === provenanceFile);
  if (!provenance) return [];
  const before = await publishedBefore(github, request, provenance);
  const outdated = existing.filter(
    ({ name }) => before.includes(name) && !request.assets.some((asset) => asset.name === name)
  );
  for (const asset of outdated) await deleteAsset(github, request, asset);
  return outdated.map(({ name }) => name);
}
var recordSchema = object({
  provenanceVersion: literal(1),
  files: array(object({ name: string() }))
});
async function publishedBefore(github, { owner, repo }, { id }) {
  const { data } = await github.rest.repos.getReleaseAsset({
    owner,
    repo,
    asset_id: id,
    headers: { accept: "application/octet-stream" }
  });
  const text = Buffer.from(data).toString("utf8");
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const record = recordSchema.safeParse(value);
  return record.success ? record.data.files.map(({ name }) => name) : [];
}
function uploadBase(uploadUrl) {
  return uploadUrl.slice(0, uploadUrl.indexOf("/repos/"));
}

// src/action/publish.ts
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  refuseStrangers(context);
  const bundle = readBundle(context);
  const manifestPath = join(bundle, "manifest.json");
  const manifest = parseManifest(await fromBundle(manifestPath, () => readFile2(manifestPath, "utf8")), manifestPath);
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
    if (await fromBundle(path, () => sha256File(path)) !== file.sha256) {
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
  const folder = await temporaryFolder();
  const provenance = join(folder, provenanceFile);
  await writeAtomic(provenance, `${JSON.stringify(provenanceOf(context, manifest, subjects), null, 2)}
`);
  assets.push(
    { name: "manifest.json", path: manifestPath, record: true },
    { name: provenanceFile, path: provenance, record: true }
  );
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
  const { url, uploaded, kept, removed, draft } = done.value;
  const gone = removed.length > 0 ? `, ${removed.length} removed (${removed.join(", ")})` : "";
  info(`${url}: ${uploaded.length} uploaded, ${kept.length} unchanged${gone}`);
  if (draft) info("the release was your draft and stays one: publish it on GitHub");
  setOutput("release", url);
  setOutput("assets", assets.map(({ name }) => name).join("\n"));
  return 0;
});
function refuseStrangers(context) {
  const before = context.event.workflow_run?.event;
  const follows = before?.startsWith("pull_request") ?? false;
  if (!context.pullRequest && !follows && judgeTrust(context).trusted) return;
  const event = `${context.eventName} event${follows ? ` that follows a ${before}` : ""}`;
  throw new UserError(`nothing is published from a ${event}; use push, a tag or workflow_dispatch`);
}
function readBundle({ workspace }) {
  const bundle = getInput("bundle");
  if (bundle) return resolve(workspace, bundle);
  throw new UserError(
    "input bundle is empty: give it the output `bundle` of the gate, which is empty where the gate came to no verdict"
  );
}
async function fromBundle(path, read) {
  try {
    return await read();
  } catch (error) {
    throw new UserError(
      `${path} cannot be read (${error.message}); the input bundle names the folder of the gate's output \`bundle\``,
      { cause: error }
    );
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
