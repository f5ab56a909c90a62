import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  logProgress,
  runGate
} from "./chunk-H72BOK2W.js";
import "./chunk-2PC7TNPM.js";
import "./chunk-VRJCXPVE.js";
import "./chunk-NMOQWQAI.js";
import "./chunk-GVKYH3KR.js";
import "./chunk-QHY77ALH.js";
import "./chunk-6NGX6AY3.js";
import "./chunk-DJFEK4NM.js";
import "./chunk-NDXKYPDK.js";
import "./chunk-XMCG6IK2.js";
import "./chunk-THYPUZEF.js";
import "./chunk-SL3GLOJV.js";
import "./chunk-3VTAS337.js";
import "./chunk-3ALKRUVV.js";
import "./chunk-GHJYFIGX.js";
import "./chunk-DBHUSHA5.js";
import "./chunk-54GWRCG5.js";
import "./chunk-3BKBZT4W.js";
import "./chunk-HQHHZKAI.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-O22CQTHR.js";
import "./chunk-OVWQFC67.js";
import "./chunk-L2PD3BP5.js";
import "./chunk-GHYVVCND.js";
import "./chunk-F3FP2IUP.js";
import {
  findBase,
  hasWork,
  refuseOtherCommit
} from "./chunk-TN3KKRBY.js";
import "./chunk-637DUZGA.js";
import {
  closeCheck,
  closeCheckOnSignal,
  comment,
  openCheck,
  sealed,
  setOutputs,
  summarize,
  summarizeNotices,
  upload,
  writeSummary
} from "./chunk-A2DUFZR3.js";
import "./chunk-N2ATEYHY.js";
import "./chunk-ICHE4M4S.js";
import "./chunk-NQC2BDCY.js";
import {
  judgeTrust,
  refuseUnsafe
} from "./chunk-AZ5A6NBI.js";
import {
  connect
} from "./chunk-ZWD26MMW.js";
import "./chunk-VHD4KDIK.js";
import {
  errorOutcome,
  nothingToDo,
  verdictOutcome
} from "./chunk-IGKYBSB3.js";
import {
  annotate,
  group,
  info,
  notify,
  readContext,
  readInputs,
  settingsForMistake
} from "./chunk-3BVLEO65.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-JHJ2P4PQ.js";
import "./chunk-4AHE4K4J.js";
import "./chunk-4LMXS676.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-AXVG6WBX.js";
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
    session = open();
  } catch (error) {
    return refused(errorOutcome(error));
  }
  const { context } = session;
  const inputs = await group("Inputs", async () => openInputs(session));
  const settings = "outcome" in inputs ? settingsForMistake() : inputs;
  const publication = {
    context,
    settings,
    github: connect(settings.token || "none"),
    ...context.pullRequest && { pull: context.pullRequest.number },
    notices: []
  };
  await group("Check run", () => openCheck(publication));
  const stopListening = closeCheckOnSignal(publication);
  const outcome = "outcome" in inputs ? inputs.outcome : await group("Gate", () => gate(session, inputs, outDir2));
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
async function refused(outcome) {
  await writeSummary(outcome.render({}), "").catch((error) => notify(`The job summary: ${error.message}`));
  setOutputs(outcome, void 0);
  annotate(outcome);
  return outcome.exitCode;
}
function open() {
  const context = readContext(process.env);
  const trust = judgeTrust(context);
  refuseUnsafe(context, trust);
  return { context, trust };
}
function openInputs({ context, trust }) {
  info(`event: ${context.eventName}, commit ${context.headSha}`);
  try {
    const inputs = readInputs(context.workspace);
    info(`policy: ${inputs.policyPath}`);
    if (!trust.trusted) {
      const commands = inputs.allowCommands ? "its commands run, as allow-commands is set" : "its commands do not run";
      info(`${trust.why}: ${commands}`);
    }
    return inputs;
  } catch (error) {
    return { outcome: errorOutcome(error) };
  }
}
async function gate({ context, trust }, inputs, outDir2) {
  const progress = logProgress((line) => info(line));
  try {
    const limitsFrom = trust.trusted ? inputs.limitsFrom : "base";
    await refuseOtherCommit(context, inputs.policyPath);
    const found = await findBase(context, { ...inputs, ...limitsFrom && { limitsFrom } });
    const opened = found && "base" in found ? found : void 0;
    if (!trust.trusted && opened && opened.base.policyText === void 0) throw noLimits(opened, inputs.policyPath);
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
function noLimits({ base }, policyPath) {
  return new UserError(
    `${base.ref} has no policy ${relative(process.cwd(), policyPath)}, so nothing says what this pull request is held to. The first policy has to come from a branch of this repository.`
  );
}

// src/action/main.ts
var outDir = await mkdtemp(join(process.env["RUNNER_TEMP"] || tmpdir(), "quant-gate-"));
process.exitCode = await runAction(outDir);
