import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  annotate
} from "./chunk-5OS4J2EC.js";
import {
  headline,
  lets,
  marker,
  renderMarkdown
} from "./chunk-XF2I4JOX.js";
import {
  codeBlock,
  escapeLine
} from "./chunk-MXRGQT2E.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/action/outcome.ts
function verdictOutcome({ report, outDir, exitCode }) {
  return {
    exitCode,
    verdict: report.verdict,
    conclusion: exitCode !== 0 ? "failure" : report.verdict === "pass" ? "success" : "neutral",
    title: escapeLine(headline(report).text),
    render: (options) => renderMarkdown(report, options),
    outDir
  };
}
function errorOutcome(error) {
  const message = error instanceof Error ? error.message : String(error);
  const theirs = error instanceof UserError;
  const title = theirs ? `No verdict: ${escapeLine(message)}` : "No verdict: Quant Gate itself failed";
  const advice = theirs ? "The workflow, the policy, a model or its data has to be put right first. Until then this does not count as passed." : "This is a defect of Quant Gate, not of your model. Please report it with the log of this run.";
  return {
    exitCode: theirs ? 2 : 70,
    verdict: "error",
    conclusion: "failure",
    title,
    render: ({ id }) => `${marker(id)}

### ❌ Quant Gate came to no verdict

${codeBlock(message)}

${advice}
`,
    error
  };
}
function withNotice(outcome, notice) {
  return {
    ...outcome,
    render(options) {
      const first = marker(options.id);
      const text = outcome.render({ ...options, ...options.limit && { limit: options.limit - notice.length - 4 } });
      return `${first}

> ${notice}
${text.slice(first.length)}`;
    }
  };
}
function joinedOutcome(report, outDir) {
  return verdictOutcome({ report, outDir, exitCode: lets(report.verdict, report.gate.onInconclusive) ? 0 : 1 });
}
function nothingToDo() {
  const title = "Nothing to do: no model, data or policy changed";
  const text = "This pull request changes no model, data or policy that the gate looks at, so nothing was measured.";
  return {
    exitCode: 0,
    verdict: "pass",
    conclusion: "success",
    title,
    render: ({ id }) => `${marker(id)}

### ✅ Quant Gate: nothing to do

${text}
`,
    idle: true
  };
}

// src/action/fail.ts
async function orFail(work) {
  try {
    return await work();
  } catch (error) {
    const outcome = errorOutcome(error);
    annotate(outcome);
    return outcome.exitCode;
  }
}

export {
  verdictOutcome,
  errorOutcome,
  withNotice,
  joinedOutcome,
  nothingToDo,
  orFail
};
