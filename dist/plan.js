import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  baseOptions,
  changedModels,
  findBase
} from "./chunk-V3A7IPWP.js";
import {
  effectivePolicy,
  expandModels,
  loadPolicy
} from "./chunk-MWGQDEOR.js";
import {
  judgeTrust
} from "./chunk-AXJ4VDCU.js";
import {
  orFail
} from "./chunk-MGJFB4FF.js";
import {
  flag,
  getInput,
  info,
  list,
  oneOf,
  readContext,
  readLimitsFrom,
  readPlace,
  setOutput,
  wrong
} from "./chunk-5OS4J2EC.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-XF2I4JOX.js";
import {
  targetNames
} from "./chunk-MXRGQT2E.js";
import "./chunk-WIJZFTFA.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/action/plan.ts
var mostJobs = 256;
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { policyPath } = readPlace(context.workspace);
  const runners = readRunners();
  const onlyChanged = flag("only-changed", true);
  const limitsFrom = judgeTrust(context).trusted ? readLimitsFrom() : "base";
  const head = await loadPolicy(policyPath);
  const token = getInput("github-token");
  const found = await findBase(context, { policyPath, token, ...limitsFrom && { limitsFrom } });
  const opened = found && "base" in found ? found : void 0;
  const { loaded } = effectivePolicy(head, baseOptions(found, limitsFrom));
  const all = await expandModels(loaded);
  const models = opened && onlyChanged ? await changedModels(loaded, all, opened) : all;
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
