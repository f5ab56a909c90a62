import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  expandModels,
  loadPolicy
} from "./chunk-5X3ECEBW.js";
import {
  notify
} from "./chunk-HZZW3SX7.js";
import {
  realpathOfExisting
} from "./chunk-WIWNDQCD.js";
import {
  UserError
} from "./chunk-XHXPEXMH.js";

// src/github/base.ts
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";

// src/github/git.ts
import { execFile, spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
var run = promisify(execFile);
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
async function streamGit(workspace, args, to, from) {
  const child = spawn("git", [...options(workspace), ...args], {
    stdio: [from === void 0 ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0" }
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
    from === void 0 ? void 0 : pipeline(createReadStream(from), child.stdin),
    closed
  ]);
  const code = await closed;
  if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code}: ${stderr.trim()}`);
}
function firstLine(error) {
  const stderr = error.stderr;
  const text = typeof stderr === "string" && stderr.trim() ? stderr : error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1);
}

// src/github/base.ts
async function openBase(request) {
  const { workspace, ref, sha } = request;
  if (!/^[0-9a-f]{40,64}$/.test(sha)) return { unavailable: `the event names no base commit (${sha})` };
  const git = gitIn(workspace);
  let root;
  try {
    root = (await git(["rev-parse", "--show-toplevel"])).trim();
  } catch (error) {
    return { unavailable: `the checkout is no Git repository, or Git is missing: ${firstLine(error)}` };
  }
  try {
    await ensureCommit(git, request);
  } catch (error) {
    return { unavailable: `the base commit ${sha.slice(0, 12)} cannot be fetched: ${firstLine(error)}` };
  }
  const policyFile = relative(root, await realpathOfExisting(request.policyPath)).split(sep).join("/");
  const policyText = await isFile(git, sha, policyFile) ? await git(["cat-file", "blob", `${sha}:${policyFile}`]) : void 0;
  return {
    base: {
      ref,
      sha,
      ...policyText !== void 0 && { policyText },
      async extract(path, to) {
        const file = path.split(sep).join("/");
        if (!await isFile(git, sha, file)) return false;
        await writeBlob(workspace, `${sha}:${file}`, to);
        return true;
      }
    },
    unchanged: (paths) => unchanged(git, sha, paths)
  };
}
async function unchanged(git, sha, paths) {
  for (const path of paths) {
    const args = ["-z", "--", path];
    if (await git(["--literal-pathspecs", "ls-files", ...args]) === "") return false;
    if (await git(["--literal-pathspecs", "ls-files", "--others", ...args]) !== "") return false;
    if (await git(["--literal-pathspecs", "diff", "--name-only", "--no-renames", sha, ...args]) !== "") return false;
  }
  return true;
}
async function ensureCommit(git, { sha, token, serverUrl }) {
  const present = await git(["cat-file", "-e", `${sha}^{commit}`]).then(
    () => true,
    () => false
  );
  if (present) return;
  const fetch = ["fetch", "--quiet", "--no-tags", "--depth=1", "origin", sha];
  try {
    await git(fetch);
  } catch (first) {
    if (!token) throw first;
    const header = Buffer.from(`x-access-token:${token}`).toString("base64");
    await git(fetch, {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `http.${serverUrl}/.extraheader`,
      GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${header}`
    });
  }
}
async function isFile(git, sha, path) {
  if (path === "" || path.split("/").includes("..")) return false;
  const entry = await git(["--literal-pathspecs", "ls-tree", "--full-tree", sha, "--", path]);
  return /^100(644|755) blob /.test(entry) && !entry.trim().includes("\n");
}
async function writeBlob(workspace, object, to) {
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.tmp-${process.pid}`;
  try {
    await streamGit(workspace, ["cat-file", "blob", object], part);
    if (await isLfsPointer(part)) {
      const content = `${part}-lfs`;
      await streamGit(workspace, ["lfs", "smudge"], content, part);
      await rename(content, part);
    }
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
    await rm(`${part}-lfs`, { force: true });
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
    workspace: context.workspace,
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
  return result;
}

// src/action/relevance.ts
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname as dirname2, join, resolve } from "node:path";
async function hasWork(policyPath, names, base) {
  const loaded = await loadPolicy(policyPath);
  const models = (await expandModels(loaded)).filter(({ name }) => names?.includes(name) ?? true);
  if (models.length === 0 || models.length < (names?.length ?? 0)) return true;
  return (await changedModels(loaded, models, base)).length > 0;
}
async function changedModels(loaded, models, base) {
  const shared = [".github", ".gitattributes"].map((name) => join(loaded.root, name)).filter((path) => existsSync(path));
  if (!await base.unchanged([join(loaded.folder, basename(loaded.path)), ...shared])) return [...models];
  const changed = [];
  for (const model of models) {
    const paths = await filesOf(loaded, model);
    if (!paths || !await base.unchanged(paths)) changed.push(model);
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
  const named = strings.map((text) => resolve(loaded.folder, text)).filter((path) => existsSync(path));
  const found = await unnamedFiles(loaded, policy.data);
  return found && [.../* @__PURE__ */ new Set([resolve(file, ".."), ...named, ...found])];
}
async function unnamedFiles(loaded, data) {
  const folders = [];
  for (const source of [data.calibration, data.validation, data.training]) {
    if (!source) continue;
    const at = (name) => resolve(loaded.folder, name);
    if ("jsonl" in source)
      folders.push(...[source.jsonl, source.tokenizer ?? source.jsonl].map((name) => dirname2(at(name))));
    const labels = "labels" in source ? source.labels : void 0;
    if (labels === void 0 || !("images" in source || "audio" in source) || !existsSync(at(labels))) continue;
    if ((await stat(at(labels))).isDirectory()) continue;
    if ((await readFile(at(labels), "utf8")).includes("..")) return void 0;
    folders.push(dirname2(at(labels)));
  }
  return folders;
}

export {
  findBase,
  hasWork,
  changedModels
};
