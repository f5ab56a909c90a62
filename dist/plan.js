import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  changedModels,
  findBase
} from "./chunk-462IRWK2.js";
import {
  expandModels,
  loadPolicy
} from "./chunk-EYFTHCRK.js";
import {
  orFail
} from "./chunk-MPJ33QND.js";
import "./chunk-O3XB3TM4.js";
import {
  flag,
  getInput,
  info,
  list,
  readContext,
  readPlace,
  setOutput,
  wrong
} from "./chunk-S747UNBV.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-A7YEIRRW.js";
import "./chunk-S3TI7HZ4.js";
import "./chunk-WIWNDQCD.js";
import "./chunk-AWTNAXIU.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/plan.ts
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
  setOutput("matrix", JSON.stringify({ include }));
  setOutput("count", include.length);
  setOutput("has-work", include.length > 0);
  return 0;
});
function readRunners() {
  return new Map(
    (list("runners") ?? []).map((line) => {
      const match = /^([\w-]+)\s*=\s*(\S+)$/.exec(line);
      if (!match) throw wrong("runners", line, "target=label, such as cuda=self-hosted+gpu");
      const labels = match[2].split("+");
      return [match[1], labels.length === 1 ? labels[0] : labels];
    })
  );
}
