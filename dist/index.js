import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  logProgress,
  runGate
} from "./chunk-2BPCHSDU.js";
import "./chunk-NWWLGGHE.js";
import "./chunk-GVKYH3KR.js";
import "./chunk-PQRIE5VG.js";
import "./chunk-I24BET42.js";
import "./chunk-RSFZVTIK.js";
import "./chunk-LY3PNSKJ.js";
import "./chunk-6GVJCZF2.js";
import "./chunk-HDZPH5LB.js";
import "./chunk-V2S4FCG2.js";
import "./chunk-HNHHUPOK.js";
import "./chunk-RWO3NE4E.js";
import "./chunk-GHJYFIGX.js";
import "./chunk-5YJZTRNS.js";
import "./chunk-54GWRCG5.js";
import "./chunk-BZZSWYX4.js";
import "./chunk-JJCIII6Y.js";
import "./chunk-N4M3C4I7.js";
import "./chunk-626LV67F.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-7ZTOPVRY.js";
import "./chunk-WRBI6IVE.js";
import "./chunk-P7MTFBSJ.js";
import "./chunk-XBOJRPVQ.js";
import {
  findBase,
  hasWork
} from "./chunk-2DKHH24X.js";
import "./chunk-5X3ECEBW.js";
import {
  closeCheck,
  closeCheckOnSignal,
  comment,
  openCheck,
  sealed,
  setOutputs,
  summarize,
  summarizeNotices,
  upload
} from "./chunk-FBZNYCXQ.js";
import "./chunk-UNWJ3I5J.js";
import "./chunk-TAXVLVUF.js";
import "./chunk-NQC2BDCY.js";
import {
  judgeTrust,
  refuseUnsafe
} from "./chunk-T2KURUUF.js";
import {
  connect
} from "./chunk-QFP7JY6R.js";
import "./chunk-JDS4LCJR.js";
import {
  errorOutcome,
  nothingToDo,
  verdictOutcome
} from "./chunk-WJAFFFVP.js";
import {
  annotate,
  group,
  info,
  readContext,
  readInputs,
  setOutput
} from "./chunk-HZZW3SX7.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-GS7IUMDA.js";
import "./chunk-S3TI7HZ4.js";
import "./chunk-WIWNDQCD.js";
import "./chunk-AWTNAXIU.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/main.ts
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// src/action/run.ts
import { relative } from "node:path";
async function runAction(outDir2) {
  let session;
  try {
    session = await group("Inputs", async () => open());
  } catch (error) {
    const outcome2 = errorOutcome(error);
    setOutput("verdict", outcome2.verdict);
    annotate(outcome2);
    return outcome2.exitCode;
  }
  const { context, inputs } = session;
  const publication = {
    context,
    settings: inputs,
    github: connect(inputs.token || "none"),
    ...context.pullRequest && { pull: context.pullRequest.number },
    notices: []
  };
  await group("Check run", () => openCheck(publication));
  const stopListening = closeCheckOnSignal(publication);
  const outcome = await group("Gate", () => gate(session, outDir2));
  await group("Summary", () => summarize(publication, outcome));
  const artifact = await group("Artifact", () => upload(publication, outcome));
  await group("Comment", () => comment(publication, outcome, artifact));
  await group("Check run", () => closeCheck(publication, outcome, artifact));
  stopListening();
  await summarizeNotices(publication);
  setOutputs(outcome, artifact);
  annotate(outcome);
  return outcome.exitCode;
}
function open() {
  const context = readContext(process.env);
  const trust = judgeTrust(context);
  refuseUnsafe(context, trust);
  const inputs = readInputs(context.workspace);
  info(`policy: ${inputs.policyPath}`);
  info(`event: ${context.eventName}, commit ${context.headSha}`);
  if (!trust.trusted) {
    const commands = inputs.allowCommands ? "its commands run, as allow-commands is set" : "its commands do not run";
    info(`${trust.why}: ${commands}`);
  }
  return { context, inputs, trust };
}
async function gate(session, outDir2) {
  const { inputs, trust } = session;
  const progress = logProgress((line) => info(line));
  try {
    const limitsFrom = inputs.limitsFrom ?? (trust.trusted ? void 0 : "base");
    const found = await findBase(session.context, { ...inputs, ...limitsFrom && { limitsFrom } });
    const opened = found && "base" in found ? found : void 0;
    if (opened && inputs.onlyChanged) {
      if (!await hasWork(inputs.policyPath, inputs.models, opened)) return nothingToDo();
    }
    const result = await sealed(
      () => runGate({
        // The report names it, and is read on other machines.
        policyPath: relative(process.cwd(), inputs.policyPath),
        ...inputs.models && { models: inputs.models },
        ...inputs.levels && { levels: inputs.levels },
        ...inputs.targets && { targets: inputs.targets },
        ...inputs.runtimePath && { runtimePath: inputs.runtimePath },
        ...found && "unavailable" in found && { noBase: found.unavailable },
        ...opened && { base: { ...opened.base, ...limitsFrom && { limitsFrom } } },
        outDir: outDir2,
        seed: 0,
        allowCommands: trust.trusted || inputs.allowCommands,
        progress
      })
    );
    return verdictOutcome(result);
  } catch (error) {
    return errorOutcome(error);
  }
}

// src/action/main.ts
var outDir = await mkdtemp(join(process.env["RUNNER_TEMP"] || tmpdir(), "quant-gate-"));
process.exitCode = await runAction(outDir);
