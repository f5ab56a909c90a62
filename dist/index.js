import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  logProgress,
  longestLine,
  runGate
} from "./chunk-AKKRHH6B.js";
import "./chunk-KIX3OXJB.js";
import "./chunk-4BXGFVJH.js";
import "./chunk-DZEPLBSB.js";
import "./chunk-GVKYH3KR.js";
import "./chunk-ATVXCTHB.js";
import "./chunk-7JGJFS2H.js";
import "./chunk-GS7PKI3X.js";
import "./chunk-NDXKYPDK.js";
import "./chunk-RS5SHT72.js";
import "./chunk-I5YKLH2H.js";
import "./chunk-SL3GLOJV.js";
import "./chunk-IIADIWB2.js";
import "./chunk-2J4ULFUB.js";
import "./chunk-GHJYFIGX.js";
import "./chunk-WUOP55FM.js";
import "./chunk-54GWRCG5.js";
import "./chunk-F73D73PX.js";
import "./chunk-2VKI3IRN.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-O22CQTHR.js";
import "./chunk-OVWQFC67.js";
import "./chunk-YFLLYQ45.js";
import "./chunk-SBINXRHI.js";
import "./chunk-F3FP2IUP.js";
import {
  baseOptions,
  findBase,
  hasWork,
  refuseOtherCommit
} from "./chunk-V3A7IPWP.js";
import "./chunk-MWGQDEOR.js";
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
} from "./chunk-GW5GVZMC.js";
import "./chunk-UNTQQSY5.js";
import "./chunk-UDK3BZQH.js";
import "./chunk-NQC2BDCY.js";
import {
  judgeTrust,
  refuseUnsafe
} from "./chunk-AXJ4VDCU.js";
import {
  temporaryFolder
} from "./chunk-NKYCQM73.js";
import {
  connect
} from "./chunk-ZWD26MMW.js";
import "./chunk-CJT7LXAK.js";
import {
  errorOutcome,
  nothingToDo,
  orFail,
  verdictOutcome
} from "./chunk-MGJFB4FF.js";
import {
  annotate,
  group,
  info,
  notify,
  readContext,
  readInputs,
  settingsForMistake
} from "./chunk-5OS4J2EC.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-XF2I4JOX.js";
import {
  escapeLine
} from "./chunk-MXRGQT2E.js";
import "./chunk-WIJZFTFA.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/action/run.ts
import { relative } from "node:path";
async function runAction(outDir) {
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
  const outcome = "outcome" in inputs ? inputs.outcome : await group("Gate", () => gate(session, inputs, outDir));
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
async function gate({ context, trust }, inputs, outDir) {
  const progress = logProgress((line) => info(escapeLine(line, longestLine)));
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
        ...baseOptions(found, limitsFrom),
        outDir,
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
process.exitCode = await orFail(async () => runAction(await temporaryFolder()));
