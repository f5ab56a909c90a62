import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  reportSchema,
  writeOutput
} from "./chunk-UDK3BZQH.js";
import {
  parseManifest
} from "./chunk-CJT7LXAK.js";
import {
  decideGate,
  decideModel,
  requiredLevels
} from "./chunk-XF2I4JOX.js";
import {
  isInside,
  isSafePath,
  sha256File
} from "./chunk-WIJZFTFA.js";
import {
  UserError,
  pathProblem
} from "./chunk-76VSL6HO.js";

// src/bundle/join.ts
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

// src/report/join.ts
var gravity = ["error", "fail", "inconclusive", "pass"];
function withoutChance(parts) {
  const measured = /* @__PURE__ */ new Map();
  for (const { report } of parts) {
    for (const { name, variants } of report.models) {
      for (const variant of variants) {
        const key = JSON.stringify([name, variant.id]);
        measured.set(key, [...measured.get(key) ?? [], { variant, machine: report.machine.cpu }]);
      }
    }
  }
  const dropped = /* @__PURE__ */ new Set();
  const notes = /* @__PURE__ */ new Map();
  for (const [one, other, ...further] of measured.values()) {
    if (!one || !other || further.length > 0 || one.variant.requested === other.variant.requested) continue;
    const [named, chance] = one.variant.requested === void 0 ? [one, other] : [other, one];
    const isGraver = gravity.indexOf(chance.variant.verdict) < gravity.indexOf(named.variant.verdict);
    const [kept, left] = isGraver ? [chance, named] : [named, chance];
    dropped.add(left.variant);
    notes.set(kept.variant, describeChance(named, chance, isGraver));
  }
  if (dropped.size === 0) return [...parts];
  const variantsOf = ({ variants }) => variants.flatMap((variant) => {
    const note = notes.get(variant);
    if (dropped.has(variant)) return [];
    return note === void 0 ? [variant] : [{ ...variant, notes: [note, ...variant.notes] }];
  });
  return parts.map((part) => {
    const models = part.report.models.map((model) => ({ ...model, variants: variantsOf(model) }));
    return { ...part, report: { ...part.report, models } };
  });
}
function describeChance(named, chance, isGraver) {
  const { target, verdict } = named.variant;
  const kept = isGraver ? "that of cpu is kept, the graver one" : `that of ${target} is kept`;
  return `Measured twice, as the policy has the targets cpu and ${target}, and cpu was ${target} too on its machine (${chance.machine}): the verdict is ${chance.variant.verdict} there and ${verdict} as ${target} (${named.machine}); ${kept}.`;
}
function joinReports(reports) {
  const [first, ...others] = reports;
  if (!first) throw new UserError("there is no report to join");
  if (others.length === 0) return first.report;
  for (const { from, report } of others) {
    if (report.policy.sha256 !== first.report.policy.sha256) {
      throw new UserError(
        `${from} and ${first.from} were measured with different policies; run all parts from one commit`
      );
    }
  }
  const all = reports.map(({ report }) => report);
  const rule = ruleOf(first);
  const models = joinModels(reports).map((model) => ({ ...model, verdict: decideModel(model, rule).verdict }));
  const { verdict, reason } = decideGate(models, rule);
  const stages = {};
  const inRuntime = {};
  for (const report of all) {
    for (const [stage, spent] of Object.entries(report.stages)) stages[stage] = (stages[stage] ?? 0) + spent;
    for (const [stage, { run, load }] of Object.entries(report.inRuntime ?? {})) {
      const sum = inRuntime[stage] ?? { run: 0, load: 0 };
      inRuntime[stage] = { run: sum.run + run, load: sum.load + load };
    }
  }
  return {
    ...first.report,
    verdict,
    startedAt: all.map(({ startedAt }) => startedAt).toSorted()[0],
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    stages,
    inRuntime,
    policy: { ...first.report.policy, ...joined(all, "changes"), ...joined(all, "loosened") },
    machines: joinMachines(all),
    gate: { ...first.report.gate, reason },
    models
  };
}
function ruleOf({ from, report: { gate } }) {
  const { levels } = gate;
  if (!levels) {
    throw new UserError(
      `${from} does not say which levels its policy has: an earlier release of Quant Gate measured it; run all parts with this one`
    );
  }
  return {
    gate: {
      require: gate.require === "any" ? "any" : requiredLevels(gate) ?? "all",
      "on-inconclusive": gate.onInconclusive
    },
    levels: Object.fromEntries(levels.map(({ level, stop }) => [level, { stop }]))
  };
}
function joined(reports, key) {
  const lists = reports.map(({ policy }) => policy[key]).filter((each) => each !== void 0);
  return lists.length === 0 ? {} : { [key]: [...new Set(lists.flat())] };
}
function joinModels(reports) {
  const joined2 = /* @__PURE__ */ new Map();
  const owners = /* @__PURE__ */ new Map();
  for (const { from, report } of reports) {
    for (const model of report.models) {
      for (const { id } of model.variants) {
        const owner = owners.get(JSON.stringify([model.name, id]));
        if (owner !== void 0) {
          throw new UserError(
            `${owner} and ${from} both measured ${id} of ${model.name}; give each part its own models or targets`
          );
        }
        owners.set(JSON.stringify([model.name, id]), from);
      }
      const known = joined2.get(model.name);
      if (known && known.model.source.sha256 !== model.source.sha256) {
        throw new UserError(
          `${known.from} and ${from} measured different files as ${model.name}; run all parts from one commit`
        );
      }
      joined2.set(model.name, known ? { from: known.from, model: joinModel(known.model, model) } : { from, model });
    }
  }
  return [...joined2.values()].map(({ model }) => model);
}
function joinModel(one, other) {
  const sensitivity = one.sensitivity ?? other.sensitivity;
  return {
    ...one,
    variants: [...one.variants, ...other.variants].toSorted(
      (a, b) => a.target.localeCompare(b.target, "en") || a.level - b.level
    ),
    ...sensitivity && { sensitivity },
    suggestions: [.../* @__PURE__ */ new Set([...one.suggestions, ...other.suggestions])]
  };
}
function joinMachines(reports) {
  return reports.flatMap(
    ({ machine, machines, models }) => machines ?? [
      { ...machine, measured: models.flatMap(({ name, variants }) => variants.map(({ id }) => `${name}/${id}`)) }
    ]
  );
}

// src/report/parse.ts
var mostBytes = 64 * 2 ** 20;
var deepest = 32;
function parseReport(json, from = "report.json") {
  if (json.length > mostBytes) {
    throw new UserError(`${from} has ${json.length} characters; a report has at most ${mostBytes}`);
  }
  let value;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${from} is not JSON: ${error.message}`, { cause: error });
  }
  if (depthOf(value) > deepest) throw new UserError(`${from} is nested too deeply to be a report of Quant Gate`);
  const version = value?.schemaVersion;
  if (version !== void 0 && version !== 1) {
    throw new UserError(
      `${from} has schemaVersion ${JSON.stringify(version)?.slice(0, 20)}; this Quant Gate reads version 1: use the same release to measure and to report`
    );
  }
  const result = reportSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const rest = result.error.issues.length - 1;
    const more = rest > 0 ? ` (and ${rest} more)` : "";
    throw new UserError(
      `${from} is not a report of Quant Gate: ${issue.path.join(".") || "the whole"}: ${issue.message}${more}`
    );
  }
  for (const model of result.data.models) {
    for (const { id, file } of [model.fp32, ...model.variants]) {
      if (file !== void 0 && !isSafePath(file)) {
        throw new UserError(
          `${from} names the file ${JSON.stringify(file).slice(0, 80)} for ${id}, outside its folder`
        );
      }
    }
  }
  return result.data;
}
function depthOf(value) {
  let depth = 0;
  let level = [value];
  while (level.length > 0 && depth <= deepest) {
    level = level.flatMap((each) => typeof each === "object" && each !== null ? Object.values(each) : []);
    depth += 1;
  }
  return depth;
}

// src/bundle/join.ts
async function joinOutputs(folders, outDir, options) {
  const found = (await findOutputs(folders)).map((output) => ({ ...output, from: output.folder }));
  const parts = withoutChance(found);
  const report = joinReports(parts);
  const variants = /* @__PURE__ */ new Map();
  for (const [index, part] of parts.entries()) {
    for (const variant of await modelFiles(found[index])) {
      if (!holds(part.report, variant)) continue;
      const key = JSON.stringify([variant.model, variant.id]);
      if (!variants.has(key)) variants.set(key, variant);
    }
  }
  return writeOutput(outDir, { report, variants: [...variants.values()], ...options });
}
var holds = ({ models }, { model, id }) => models.some(({ name, fp32, variants }) => name === model && [fp32, ...variants].some((each) => each.id === id));
async function findOutputs(folders) {
  const found = [];
  for (const folder of folders) {
    const own = await readOutput(folder);
    if (own) {
      found.push(own);
      continue;
    }
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
      throw new UserError(`${folder} cannot be read: ${pathProblem(error) ?? error.message}`, { cause: error });
    });
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
    const inside = await Promise.all(names.sort().map((name) => readOutput(join(folder, name))));
    const outputs = inside.filter((each) => each !== void 0);
    if (outputs.length === 0) {
      throw new UserError(`${folder} holds no report.json; name the folder that \`quant-gate run --out\` wrote`);
    }
    if (outputs.length < inside.length) {
      const without = join(folder, names[inside.indexOf(void 0)]);
      throw new UserError(
        `${without} holds no report.json, as a run that did not come to its end leaves it; run it again, or remove the folder`
      );
    }
    found.push(...outputs);
  }
  return found;
}
async function readOutput(folder) {
  const reportPath = join(folder, "report.json");
  const text = await readIfPresent(reportPath);
  if (text === void 0) return void 0;
  const report = parseReport(text, reportPath);
  const manifestPath = join(folder, "manifest.json");
  const manifestText = await readIfPresent(manifestPath);
  return { folder, report, ...manifestText !== void 0 && { manifest: parseManifest(manifestText, manifestPath) } };
}
async function readIfPresent(path) {
  const info = await stat(path).catch(() => void 0);
  if (!info?.isFile()) return void 0;
  if (info.size > 64 * 2 ** 20) throw new UserError(`${path} has ${info.size} bytes, too many to be of Quant Gate`);
  return readFile(path, "utf8");
}
async function modelFiles({ folder, report, manifest }) {
  const variants = [];
  for (const file of manifest?.files ?? []) {
    if (file.kind !== "model") continue;
    const path = await verified(folder, file);
    if (path === void 0) continue;
    const model = report.models.find(({ name }) => name === file.model);
    const entry = model && [model.fp32, ...model.variants].find(({ file: place }) => place === file.path);
    if (!model || !entry) throw new UserError(`${folder}: the manifest lists ${file.path}, which the report does not`);
    const external = [];
    for (const each of manifest.files) {
      if (each.kind !== "external-data" || each.model !== file.model || each.variant !== file.variant) continue;
      const data = await verified(folder, each);
      if (data === void 0) throw new UserError(`${join(folder, each.path)} is missing; ${file.path} needs it`);
      external.push(relative(dirname(path), data).split(sep).join("/"));
    }
    variants.push({ model: model.name, id: entry.id, path, external });
  }
  return variants;
}
async function verified(folder, { path, sha256, bytes }) {
  const root = await realpath(folder);
  const place = join(root, ...path.split("/"));
  const info = await lstat(place).catch(() => void 0);
  if (!info) return void 0;
  if (!info.isFile() || !isInside(root, await realpath(place))) {
    throw new UserError(`${place} is not a regular file inside ${folder}`);
  }
  if (info.size !== bytes || await sha256File(place) !== sha256) {
    throw new UserError(`${place} is not the file that the manifest lists: its size or SHA-256 differs`);
  }
  return place;
}

export {
  joinOutputs
};
