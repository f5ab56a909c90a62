import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  changedModels,
  findBase
} from "./chunk-TN3KKRBY.js";
import {
  expandModels,
  loadPolicy
} from "./chunk-637DUZGA.js";
import {
  orFail
} from "./chunk-SPROJPBA.js";
import "./chunk-IGKYBSB3.js";
import {
  flag,
  getInput,
  info,
  list,
  oneOf,
  readContext,
  readPlace,
  setOutput,
  wrong
} from "./chunk-3BVLEO65.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-JHJ2P4PQ.js";
import {
  targetNames
} from "./chunk-4AHE4K4J.js";
import "./chunk-4LMXS676.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-AXVG6WBX.js";
import "./chunk-TGMM3ZQG.js";

// src/action/plan.ts
var mostJobs = 256;
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { policyPath } = readPlace(context.workspace);
  const runners = readRunners();
  const loaded = await loadPolicy(policyPath);
  const all = await expandModels(loaded);
  const base = flag("only-changed", true) ? await findBase(context, { policyPath, token: getInput("github-token") }) : void 0;
  const models = base && "base" in base ? await changedModels(loaded, all, base) : all;
  const include = models.flatMap(
    ({ name }) => loaded.policy.targets.map((target) => ({
      name: `${name}-${target}`,
      model: name,
      target,
      runner: runners.get(target) ?? "ubuntu-latest"
    }))
  );
  info(`${models.length} of ${all.length} models, ${include.length} jobs`);
  if (include.length > mostJobs) {
    throw new UserError(
      `${include.length} jobs (${models.length} models x ${loaded.policy.targets.length} targets) are more than the ${mostJobs} that GitHub allows in a matrix. Split the policy in several, each with a plan of its own, or name fewer targets.`
    );
  }
  setOutput("matrix", JSON.stringify({ include }));
  setOutput("count", include.length);
  setOutput("has-work", include.length > 0);
  return 0;
});
function readRunners() {
  const runners = /* @__PURE__ */ new Map();
  for (const line of list("runners") ?? []) {
    const match = /^([\w-]+)\s*=\s*(\S+)$/.exec(line);
    if (!match) throw wrong("runners", line, "target=label, such as cuda=self-hosted+gpu");
    const target = oneOf("runners", match[1], targetNames);
    if (runners.has(target)) throw new UserError(`input runners: ${target} stands twice; join its labels by "+"`);
    const labels = match[2].split("+");
    runners.set(target, labels.length === 1 ? labels[0] : labels);
  }
  return runners;
}
