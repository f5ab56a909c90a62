import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  expandModels,
  loadPolicy,
  repositoryRoot
} from "./chunk-MWGQDEOR.js";
import {
  notify
} from "./chunk-5OS4J2EC.js";
import {
  isInside,
  realpathOfExisting
} from "./chunk-WIJZFTFA.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/github/base.ts
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname as dirname2, relative, sep } from "node:path";

// src/github/git.ts
import { execFile, spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
var run = promisify(execFile);
async function checkoutOf(path) {
  return repositoryRoot(await realpathOfExisting(dirname(path)));
}
var options = (workspace) => ["-C", workspace, "-c", `safe.directory=${workspace}`];
function gitIn(workspace) {
  return async (args, env) => {
    const { stdout } = await run("git", [...options(workspace), ...args], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...env },
      maxBuffer: 64 * 1024 * 1024
    });
    return stdout;
  };
}
async function streamGit(workspace, args, to, { from, env } = {}) {
  const child = spawn("git", [...options(workspace), ...args], {
    stdio: [from === void 0 ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...env }
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr = (stderr + text).slice(-2e3);
  });
  const closed = new Promise((resolve2, reject) => {
    child.once("error", reject);
    child.once("close", resolve2);
  });
  await Promise.all([
    pipeline(child.stdout, createWriteStream(to)),
    // A Git that ends without reading says why itself.
    from === void 0 ? void 0 : pipeline(createReadStream(from), child.stdin).catch(ignoreClosedPipe),
    closed
  ]);
  const code = await closed;
  if (code !== 0) throw Object.assign(new Error(`git ${args.join(" ")} ended with ${code}`), { stderr });
}
function ignoreClosedPipe(error) {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
}
function reasonOf(error) {
  const stderr = error.stderr;
  const text = typeof stderr === "string" && stderr.trim() ? stderr : error instanceof Error ? error.message : String(error);
  const lines = text.trim().split("\n");
  return (lines.find((line) => /^(fatal|error|git): |^Error /.test(line)) ?? lines.at(-1)).trim();
}

// src/github/base.ts
async function openBase(request) {
  const { ref, sha } = request;
  if (!/^[0-9a-f]{40,64}$/.test(sha)) return { unavailable: `the event names no base commit (${sha})` };
  const checkout = await checkoutOf(request.policyPath);
  const git = gitIn(checkout);
  let root;
  try {
    if ((await git(["rev-parse", "--show-superproject-working-tree"])).trim()) {
      return { unavailable: "the policy lies in a submodule, which has no commit of the base branch" };
    }
    root = await realpathOfExisting((await git(["rev-parse", "--show-toplevel"])).trim());
  } catch (error) {
    return { unavailable: `the checkout is no Git repository, or Git is missing: ${reasonOf(error)}` };
  }
  try {
    await ensureCommit(git, request);
  } catch (error) {
    return { unavailable: `the base commit ${sha.slice(0, 12)} cannot be fetched: ${reasonOf(error)}` };
  }
  const read = (args) => withToken(request, (env) => git(args, env));
  const policyFile = inRepository(root, await realpathOfExisting(request.policyPath));
  let policyEntry;
  let policyText;
  try {
    policyEntry = await entryAt(read, sha, policyFile);
    if (policyEntry === "file") policyText = await read(["cat-file", "blob", `${sha}:${policyFile}`]);
  } catch (error) {
    return { unavailable: `the policy of ${ref} cannot be fetched: ${reasonOf(error)}` };
  }
  return {
    base: {
      ref,
      sha,
      ...policyText !== void 0 && { policyText },
      async extract(path, to) {
        const file = path.split(sep).join("/");
        const entry = await entryAt(read, sha, file);
        if (entry === "submodule")
          throw new UserError(`${file} of ${ref} lies in a submodule, which is not looked into`);
        if (entry !== "file") return false;
        await writeBlob(checkout, { ...request, file, to });
        return true;
      }
    },
    policyEntry,
    unchanged: (paths) => unchanged(git, sha, paths),
    hasAny: (paths) => hasAny(git, sha, { root, paths })
  };
}
function inRepository(root, path) {
  return relative(root, path).split(sep).join("/");
}
async function unchanged(git, sha, paths) {
  for (const path of paths) {
    const args = ["-z", "--", path];
    const known = await git(["--literal-pathspecs", "ls-files", "--stage", ...args]);
    if (known === "" || known.split("\0").some((entry) => entry.startsWith("120000 "))) return false;
    if (await git(["--literal-pathspecs", "ls-files", "--others", ...args]) !== "") return false;
    if (await git(["--literal-pathspecs", "diff", "--name-only", "--no-renames", sha, ...args]) !== "") return false;
  }
  return true;
}
async function hasAny(git, sha, { root, paths }) {
  const inside = paths.filter((path) => isInside(root, path) && path !== root).map((path) => inRepository(root, path));
  for (let from = 0; from < inside.length; from += 200) {
    const some = inside.slice(from, from + 200);
    if (await git(["--literal-pathspecs", "ls-tree", "--full-tree", "-z", sha, "--", ...some]) !== "") return true;
  }
  return false;
}
async function ensureCommit(git, request) {
  const { sha } = request;
  const present = await git(["cat-file", "-e", `${sha}^{commit}`]).then(
    () => true,
    () => false
  );
  if (present) return;
  await withToken(request, (env) => git(["fetch", "--quiet", "--no-tags", "--depth=1", "origin", sha], env));
}
async function withToken({ token, serverUrl }, work) {
  try {
    return await work();
  } catch (first) {
    if (!token) throw first;
    const header = Buffer.from(`x-access-token:${token}`).toString("base64");
    const count = Number(process.env["GIT_CONFIG_COUNT"]) || 0;
    return work({
      GIT_CONFIG_COUNT: String(count + 1),
      [`GIT_CONFIG_KEY_${count}`]: `http.${serverUrl}/.extraheader`,
      [`GIT_CONFIG_VALUE_${count}`]: `AUTHORIZATION: basic ${header}`
    });
  }
}
async function entryAt(git, sha, path) {
  const parts = path.split("/");
  if (path === "" || parts.includes("..")) return "none";
  for (let length = 1; length <= parts.length; length++) {
    const way = parts.slice(0, length).join("/");
    const entry = await git(["--literal-pathspecs", "ls-tree", "--full-tree", sha, "--", way]);
    if (entry === "") return "none";
    if (entry.startsWith("160000 ")) return "submodule";
    if (length < parts.length && !entry.startsWith("040000 tree ")) return "other";
    if (length === parts.length) return /^100(644|755) blob /.test(entry) ? "file" : "other";
  }
  return "none";
}
async function writeBlob(checkout, request) {
  const { sha, ref, file, to } = request;
  await mkdir(dirname2(to), { recursive: true });
  const part = `${to}.tmp-${process.pid}`;
  const content = `${part}-lfs`;
  try {
    const blob = (env) => streamGit(checkout, ["cat-file", "blob", `${sha}:${file}`], part, { ...env && { env } });
    await withToken(request, blob).catch((error) => {
      if (error.stderr === void 0) throw error;
      throw new UserError(`${file} of ${ref} cannot be fetched: ${reasonOf(error)}`, { cause: error });
    });
    if (await isLfsPointer(part)) {
      const smudge = (env) => streamGit(checkout, ["lfs", "smudge"], content, { from: part, ...env && { env } });
      await withToken(request, smudge).catch((error) => {
        throw new UserError(
          `${file} of ${ref} is kept in Git LFS and cannot be fetched: ${reasonOf(error)}. Git LFS has to be installed on the runner, and the checkout made with \`lfs: true\``,
          { cause: error }
        );
      });
      await rename(content, part);
    }
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
    await rm(content, { force: true });
  }
}
async function isLfsPointer(path) {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString("latin1", 0, bytesRead).startsWith("version https://git-lfs.github.com/");
  } finally {
    await file.close();
  }
}

// src/action/find-base.ts
async function findBase(context, inputs) {
  if (!context.pullRequest) return void 0;
  const { ref, sha } = context.pullRequest.base;
  const result = await openBase({
    ref,
    sha,
    policyPath: inputs.policyPath,
    token: inputs.token,
    serverUrl: process.env["GITHUB_SERVER_URL"] || "https://github.com"
  });
  if ("unavailable" in result) {
    if (inputs.limitsFrom === "base") {
      throw new UserError(
        `limits-from is base, and ${result.unavailable}. Check out with actions/checkout before the gate.`
      );
    }
    notify(`No comparison with ${ref}: ${result.unavailable}`);
  }
  if ("base" in result && inputs.limitsFrom === "base" && ["submodule", "other"].includes(result.policyEntry)) {
    throw new UserError(
      `limits-from is base, and what ${ref} has in the place of the policy is no regular file but a symbolic link, a folder or a submodule. Commit the policy itself there on ${ref} first.`
    );
  }
  return result;
}
function baseOptions(found, limitsFrom) {
  return {
    ...found && ("base" in found ? { base: found.base } : { noBase: found.unavailable }),
    ...limitsFrom && { limitsFrom }
  };
}
async function refuseOtherCommit({ eventName, event, headSha }, policyPath) {
  if (!event.pull_request && !event.workflow_run) return;
  const git = gitIn(await checkoutOf(policyPath));
  const measured = await measuredCommit(git);
  if (measured === void 0 || measured.sha === headSha || measured.parents.includes(headSha)) return;
  const isAncestor = await git(["merge-base", "--is-ancestor", headSha, measured.sha]).then(
    () => true,
    // Also where a shallow clone does not have the commit.
    () => false
  );
  if (isAncestor) return;
  const [whose, ref] = event.pull_request ? ["the pull request’s head", "github.event.pull_request.head.sha"] : ["the commit of the run that triggered this one", "github.event.workflow_run.head_sha"];
  throw new UserError(
    `commit ${measured.sha.slice(0, 12)} is checked out, which does not contain ${headSha.slice(0, 12)}, ${whose}: the verdict would be on other files. Under ${eventName}, give actions/checkout ` + (eventName === "pull_request" ? "no `ref`." : `\`ref: \${{ ${ref} }}\`.`)
  );
}
async function measuredCommit(git) {
  try {
    const outer = (await git(["rev-parse", "--show-superproject-working-tree"])).trim();
    const own = outer ? gitIn(outer) : git;
    const sha = (await own(["rev-parse", "--verify", "HEAD"])).trim();
    const [header = ""] = (await own(["cat-file", "commit", sha])).split("\n\n");
    return { sha, parents: [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1]) };
  } catch {
    return void 0;
  }
}

// src/action/relevance.ts
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname as dirname3, join, resolve } from "node:path";
var longestPath = 4096;
async function hasWork(policyPath, names, base) {
  const loaded = await loadPolicy(policyPath);
  const models = (await expandModels(loaded)).filter(({ name }) => names?.includes(name) ?? true);
  if (models.length === 0 || models.length < (names?.length ?? 0)) return true;
  return (await changedModels(loaded, models, base)).length > 0;
}
async function changedModels(loaded, models, base) {
  const shared = [".github", ".gitattributes"].map((name) => join(loaded.root, name));
  const unchanged2 = async (paths) => {
    const present = paths.filter((path) => existsSync(path));
    const gone = paths.filter((path) => !present.includes(path));
    return await base.unchanged(present) && !await base.hasAny(gone);
  };
  if (!await unchanged2([join(loaded.folder, basename(loaded.path)), ...shared])) return [...models];
  const changed = [];
  for (const model of models) {
    const paths = await filesOf(loaded, model);
    if (!paths || !await unchanged2(paths)) changed.push(model);
  }
  return changed;
}
async function filesOf(loaded, { file, policy }) {
  const strings = [];
  const collect = (value, key = "") => {
    if (key === "command") return false;
    if (typeof value === "string") strings.push(value);
    else if (value !== null && typeof value === "object") {
      return Object.entries(value).every(([name, item]) => collect(item, name));
    }
    return true;
  };
  if (!collect(policy) || !collect(loaded.policy.levels)) return void 0;
  const named = strings.filter((text) => text.length < longestPath && !text.includes("\0")).map((text) => resolve(loaded.folder, text)).filter((path) => isInside(loaded.root, path));
  const found = await unnamedFiles(loaded, policy.data);
  return found && [.../* @__PURE__ */ new Set([resolve(file, ".."), ...named, ...found])];
}
async function unnamedFiles(loaded, data) {
  const folders = [];
  for (const source of [data.calibration, data.validation, data.training]) {
    if (!source) continue;
    const at = (name) => resolve(loaded.folder, name);
    if ("jsonl" in source)
      folders.push(...[source.jsonl, source.tokenizer ?? source.jsonl].map((name) => dirname3(at(name))));
    const labels = "labels" in source ? source.labels : void 0;
    if (labels === void 0 || !("images" in source || "audio" in source) || !existsSync(at(labels))) continue;
    if (!(await stat(at(labels))).isFile()) continue;
    if ((await readFile(at(labels), "utf8")).includes("..")) return void 0;
    folders.push(dirname3(at(labels)));
  }
  return folders;
}

export {
  findBase,
  baseOptions,
  refuseOtherCommit,
  hasWork,
  changedModels
};
