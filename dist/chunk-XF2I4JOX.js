import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  codeBlock,
  codeSpan,
  escapeMarkdown
} from "./chunk-MXRGQT2E.js";
import {
  sha256
} from "./chunk-WIJZFTFA.js";
import {
  commonReason,
  confidencePercent,
  counted,
  firstLine,
  listed
} from "./chunk-2AZ3ZTYO.js";

// src/policy/task.ts
var metricTraits = {
  top1: { unit: "fraction", perClass: true },
  top5: { unit: "fraction", perClass: true },
  accuracy: { unit: "fraction", perClass: true },
  f1: { unit: "fraction", perClass: true },
  auc: { unit: "fraction" },
  mae: { lower: true },
  rmse: { lower: true },
  r2: {},
  cosine: { labelFree: true },
  spearman: {},
  psnr: { unit: "decibel" },
  map50: { unit: "fraction", perClass: true },
  map: { unit: "fraction", perClass: true },
  miou: { unit: "fraction", perClass: true },
  perplexity: { lower: true },
  agreement: { unit: "fraction", labelFree: true },
  kl: { labelFree: true, lower: true, zero: true },
  sqnr: { unit: "decibel", labelFree: true, absolute: true }
};
function traitsOf(metric) {
  return Object.hasOwn(metricTraits, metric) ? metricTraits[metric] : {};
}
var fidelity = ["agreement", "kl", "sqnr", "cosine"];
var taskMetrics = {
  classification: ["top1", "top5", "accuracy", "f1", "auc", ...fidelity],
  regression: ["rmse", "mae", "r2", "spearman", "psnr", "cosine", "sqnr"],
  embedding: ["cosine", "spearman", "auc", "accuracy", "mae", "rmse", "r2", "sqnr"],
  detection: ["map50", "map", "sqnr", "cosine"],
  segmentation: ["miou", "accuracy", "f1", ...fidelity],
  "language-model": ["perplexity", "top1", "top5", "accuracy", ...fidelity],
  generic: [
    "sqnr",
    ...Object.keys(metricTraits).filter((metric) => metric !== "sqnr")
  ]
};
function defaultMetric(task) {
  return taskMetrics[task][0];
}
function metricOf(model) {
  return model.metric ?? defaultMetric(model.task);
}
function lowerIsBetter(model) {
  const metric = metricOf(model);
  return typeof metric === "string" ? metricTraits[metric].lower === true : metric.direction === "lower";
}

// src/gate/words.ts
function plain(value, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "infinite" : "-infinite";
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size > 6) return value.toExponential(digits - 1);
  return String(Number(value.toFixed(Math.max(0, digits - 1 - size))));
}
var ratio = (value, extra = 0) => plain(value, 3 + extra);
function bytes(value, extra = 0) {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3]
  ]) {
    if (Math.abs(value) >= size) return `${plain(value / size, 4 + extra)} ${unit}`;
  }
  return `${value} B`;
}
var milliseconds = (value, extra = 0) => `${plain(value, 3 + extra)} ms`;
var factor = (value, extra = 0) => `${plain(value, 3 + extra)}x`;
var percent = (value, extra = 0) => `${plain(100 * value, 3 + extra)} %`;
function metricValue(metric, value, extra = 0) {
  const { unit } = traitsOf(metric);
  if (unit === "fraction") return `${plain(100 * value, 4 + extra)} %`;
  return unit === "decibel" ? `${plain(value, 4 + extra)} dB` : plain(value, 4 + extra);
}
var points = (text) => `${text} point${text === "1" ? "" : "s"}`;
function metricDifference(metric, difference, extra = 0) {
  const { unit } = traitsOf(metric);
  if (unit === "fraction") return points(ratio(100 * difference, extra));
  return unit === "decibel" ? `${ratio(difference, extra)} dB` : ratio(difference, extra);
}

// src/gate/judge.ts
function verdictOf({ low, high }, operator, limit) {
  if (Number.isNaN(low) || Number.isNaN(high)) return "inconclusive";
  const [inside, beyond] = operator === "<=" ? [high <= limit, low > limit] : [low >= limit, high < limit];
  return inside ? "pass" : beyond ? "fail" : "inconclusive";
}
var keepsLimit = (estimate, operator, limit) => operator === "<=" ? estimate <= limit : estimate >= limit;
var mostExtra = 3;
function extraDigits({ operator, limit, estimate }, show) {
  const whole = (text) => text.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");
  const isMissed = estimate !== null && !keepsLimit(estimate, operator, limit);
  for (let extra = 0; extra < mostExtra; extra++) {
    const shown = show(limit, extra);
    if (whole(shown) !== whole(show(limit, mostExtra))) continue;
    if (!isMissed || show(estimate, extra) !== shown) return extra;
  }
  return mostExtra;
}
function judge(finding, confidence) {
  const { name, operator, limit, measured: measured2 } = finding;
  const base = { name, operator, limit };
  const shownLimit = finding.show(limit, extraDigits({ ...base, estimate: null }, finding.show));
  if (measured2 === void 0 || "notMeasured" in measured2) {
    const open = measured2 !== void 0 && measured2.failed === void 0;
    const why = measured2?.notMeasured ?? "there is no measurement";
    const message = `${sentence(finding.subject)} was not measured: ${why}; the limit is ${shownLimit}.`;
    return { ...base, estimate: null, low: null, high: null, verdict: open ? "inconclusive" : "fail", message };
  }
  if (Number.isNaN(measured2.estimate)) {
    const message = `${sentence(finding.subject)} is not a number; the limit is ${shownLimit}.`;
    return { ...base, estimate: null, low: null, high: null, verdict: "fail", message };
  }
  const verdict = verdictOf(measured2, operator, limit);
  const needed = verdict === "inconclusive" ? finding.samplesNeeded?.(measured2) : void 0;
  return {
    ...base,
    estimate: finite(measured2.estimate),
    low: finite(measured2.low),
    high: finite(measured2.high),
    verdict,
    message: explain(finding, measured2, verdict, confidence, needed),
    ...needed !== void 0 && { samplesNeeded: needed },
    ...finding.noise !== void 0 && { noise: finding.noise }
  };
}
var finite = (value) => Number.isFinite(value) ? value : null;
function explain({ operator, limit, subject, detail, noise, ...finding }, measured2, verdict, confidence, needed) {
  const { estimate } = measured2;
  const extra = extraDigits({ operator, limit, estimate }, finding.show);
  const show = (value) => finding.show(value, extra);
  const interval = intervalText(measured2, show, confidence);
  const bound = operator === "<=" ? "at most" : "at least";
  const outcome = {
    pass: `within the limit of ${bound} ${show(limit)}`,
    fail: `beyond the limit of ${bound} ${show(limit)}`,
    inconclusive: `which does not decide the limit of ${bound} ${show(limit)}`
  }[verdict];
  const more = needed === void 0 ? "" : ` About ${needed.toLocaleString("en-US")} more samples would decide it.`;
  const loud = verdict === "inconclusive" && noise !== void 0 ? ` Equal files differ by up to ${percent(noise)} here; a quieter machine or a longer \`measure.latency-budget\` decides more.` : "";
  return `${sentence(subject)} is ${show(estimate)}${interval}, ${outcome}.${more}${loud}${detail ? ` ${detail}` : ""}`;
}
function intervalText({ low, high }, show, confidence) {
  if (low === high) return "";
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return " (no interval)";
  const [from, to] = [show(low), show(high)];
  const ends = high === Number.POSITIVE_INFINITY ? `${from} or more` : `${from} to ${to}`;
  return ` (${confidencePercent(confidence)} interval ${low === Number.NEGATIVE_INFINITY ? `${to} or less` : ends})`;
}
var sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// src/gate/verdict.ts
function decideVerdict(checks, onInconclusive) {
  return worst(checks.map((check) => decideCheck(check, onInconclusive)));
}
function decideCheck(check, onInconclusive) {
  const { verdict, estimate, operator, limit, noise = 0 } = check;
  if (verdict !== "inconclusive") return verdict;
  if (onInconclusive === "fail") return "fail";
  if (onInconclusive === "warn" || estimate === null) return "inconclusive";
  if (keepsLimit(estimate, operator, limit)) return "pass";
  const best2 = operator === "<=" ? estimate / (1 + noise) : estimate * (1 + noise);
  return keepsLimit(best2, operator, limit) ? "inconclusive" : "fail";
}
var severity = ["pass", "inconclusive", "fail", "error"];
var worst = (verdicts) => verdicts.reduce((a, b) => severity.indexOf(b) > severity.indexOf(a) ? b : a, "pass");
var best = (verdicts) => verdicts.reduce((a, b) => severity.indexOf(b) < severity.indexOf(a) ? b : a, "error");
function decideModel(model, policy) {
  const { require: require2 } = policy.gate;
  const targets = [...new Set(model.variants.map(({ target }) => target))];
  if (targets.length === 0) return { verdict: "fail", reason: `${model.name}: no variant was made.` };
  const decisions2 = targets.map((target) => {
    const variants = model.variants.filter((variant) => variant.target === target);
    return require2 === "any" ? decideAny(variants, policy) : decideRequired(variants, require2 === "all" ? definedLevels(policy.levels) : require2, policy, target);
  });
  return {
    verdict: worst(decisions2.map(({ verdict }) => verdict)),
    reason: `${model.name}: ${listedReasons(decisions2)}`
  };
}
var definedLevels = (levels) => [1, 2, 3].filter((level) => levels[level]);
function decideAny(variants, policy) {
  const verdict = best(variants.map((variant) => variant.verdict));
  const shown = verdict === "pass" ? variants.filter((variant) => variant.verdict === "pass") : variants;
  return { verdict, reason: shown.map((variant) => explain2(variant, policy)).join(" ") };
}
function decideRequired(variants, required, policy, target) {
  const stopped = variants.find(({ level, verdict: verdict2 }) => verdict2 === "pass" && policy.levels[level]?.stop);
  const parts = required.map((level) => {
    if (stopped && stopped.level < level) {
      return { verdict: "pass", reason: `Level ${level} was not needed: ${stopped.id} passes and says stop.` };
    }
    const variant = variants.find((each) => each.level === level);
    if (variant) return { verdict: variant.verdict, reason: explain2(variant, policy) };
    return { verdict: "fail", reason: `Level ${level}, which the gate requires, was not run for ${target}.` };
  });
  const verdict = worst(parts.map((part) => part.verdict));
  const reasons = parts.filter((part) => verdict === "pass" || part.verdict !== "pass").map(({ reason }) => reason);
  const passing = variants.filter((variant) => variant.verdict === "pass");
  const isMissed = variants.some(({ verdict: own }) => own === "fail" || own === "error");
  if (isMissed && policy.gate.require === "all" && passing.length > 0) {
    reasons.push(`\`gate.require: any\` would accept ${listed(passing.map(({ id }) => id))}.`);
  }
  return { verdict, reason: reasons.join(" ") };
}
var listedReasons = (decisions2) => {
  const bad = decisions2.filter(({ verdict }) => verdict !== "pass");
  return (bad.length > 0 ? bad : decisions2).map(({ reason }) => reason).join(" ");
};
function explain2({ id, verdict, checks, error }, policy) {
  if (verdict === "error") return `${id} could not be made or measured: ${error?.message ?? "unknown reason"}`;
  const onInconclusive = policy.gate["on-inconclusive"];
  const those = (wanted) => checks.filter((check) => decideCheck(check, onInconclusive) === wanted);
  if (verdict === "fail")
    return `${id} fails: ${those("fail").map(({ message }) => message).join(" ")}`;
  if (verdict === "inconclusive") {
    return `${id} is inconclusive: ${those("inconclusive").map(({ message }) => message).join(" ")}`;
  }
  if (checks.length === 0) return `${id} passes: the policy sets no limit.`;
  const estimated = checks.filter((check) => check.verdict === "inconclusive").map(({ name }) => name);
  const by = estimated.length > 0 ? `, ${listed(estimated)} by the estimate alone` : "";
  return `${id} passes ${checks.length === 1 ? "its check" : `all ${checks.length} checks`}${by}.`;
}
var lets = (verdict, onInconclusive) => verdict === "pass" || verdict === "inconclusive" && onInconclusive === "warn";
function decideGate(models, policy) {
  const decisions2 = models.map((model) => decideModel(model, policy));
  const verdict = models.length === 0 ? "inconclusive" : worst(decisions2.map((each) => each.verdict));
  const passed2 = lets(verdict, policy.gate["on-inconclusive"]);
  const shown = verdict === "pass" ? decisions2 : decisions2.filter((each) => each.verdict !== "pass");
  const reason = models.length === 0 ? "There is no model to gate." : shown.map((each) => each.reason).join("\n");
  const warning = verdict === "inconclusive" && passed2 ? " The policy lets inconclusive checks through with a warning." : "";
  return { verdict, passed: passed2, reason: reason + warning };
}

// src/report/format.ts
var minus = "−";
function number(value, significant = 3) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${minus}∞`;
  const size = Math.abs(Number(value.toPrecision(significant)));
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e7) return value.toExponential(significant - 1).replaceAll("-", minus);
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(Math.min(decimals, 6)).replace("-", minus);
}
function bytes2(value, { extra = 0 } = {}) {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3]
  ]) {
    if (Math.abs(value) >= size * 0.9995) return `${number(value / size, 3 + extra)} ${unit}`;
  }
  return `${value} B`;
}
function milliseconds2(value, { extra = 0 } = {}) {
  const digits = 3 + extra;
  if (value >= 1e3) return `${number(value / 1e3, digits)} s`;
  return value < 0.1 ? `${number(value * 1e3, digits)} µs` : `${number(value, digits)} ms`;
}
function seconds(value) {
  if (value >= 3600) {
    const minutes = Math.round(value / 60);
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  if (value >= 60) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  return value >= 1 ? `${number(value)} s` : milliseconds2(value * 1e3);
}
function factor2(value, { extra = 0 } = {}) {
  return `${value >= 9.995 ? number(value, 3 + extra) : value.toFixed(2 + extra)}x`;
}
function ratio2(value, { extra = 0 } = {}) {
  return value === 0 ? "0" : value.toFixed((Math.abs(value) < 0.1 ? 3 : 2) + extra);
}
function percent2(value, decimals = 1) {
  return `${(100 * value).toFixed(decimals).replace("-", minus)} %`;
}
function count(value) {
  return value.toLocaleString("en-US");
}
function metricValue2(metric, value, { extra = 0 } = {}) {
  switch (traitsOf(metric).unit) {
    case "fraction":
      return percent2(value, 1 + extra);
    case "decibel":
      return `${Number.isFinite(value) ? value.toFixed(1 + extra).replace("-", minus) : number(value)} dB`;
    default:
      return number(value, 4 + extra);
  }
}
var signed = (text, value) => value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
function metricChange(metric, change, { extra = 0 } = {}) {
  const none = (text) => /[1-9]/.test(text) ? text : text.replace(minus, "").replace("-", "");
  switch (traitsOf(metric).unit) {
    case "fraction": {
      const points2 = 100 * change;
      const decimals = points2 !== 0 && Math.abs(points2) < 0.05 ? 2 : 1;
      return signed(none(points2.toFixed(Math.max(decimals, 1 + extra)).replace("-", minus)), change);
    }
    case "decibel":
      return signed(none(change.toFixed(2 + extra).replace("-", minus)), change);
    default:
      return signed(number(change, 3 + extra), change);
  }
}
function dropChange(scored, drop, digits) {
  return metricChange(scored.metric, (isDropNegative(scored) ? -drop : drop) || 0, digits);
}
function isDropNegative({ metric, direction }) {
  return direction === void 0 ? traitsOf(metric).lower !== true : direction === "higher";
}
function dropText(scored, drop) {
  return `${dropChange(scored, drop)}${metricUnit(scored.metric)}`;
}
function metricUnit(metric) {
  const { unit } = traitsOf(metric);
  return unit ? { fraction: " points", decibel: " dB" }[unit] : "";
}
var columns = ["size", "latency", "memory", "accuracy"];
function columnOf(check) {
  const name = check.name.toLowerCase();
  if (name.includes("speedup") || name.startsWith("latency")) return "latency";
  return columns.find((column) => name.startsWith(column) || name.includes(`.${column}`));
}
function checkFormat(check, scored = { metric: "" }) {
  const { metric } = scored;
  const name = check.name;
  const operator = check.operator === "<=" ? "≤" : "≥";
  const digitsOf = (show) => {
    const extra = extraDigits(check, (value, digits = 0) => show(value, { extra: digits }));
    return (value) => show(value, { extra });
  };
  const make = (what, show) => {
    const value = digitsOf(show);
    return { value, unit: "", what, limit: `${operator} ${value(check.limit)}`, flipped: false };
  };
  const column = columnOf(check);
  const base = isAgainstBase(check) ? " against the base branch" : "";
  if (column === "accuracy" && name.includes("relative")) return make("relative loss", percentWith(2));
  if (column === "accuracy" && check.operator === "<=" && (name.includes("drop") || base)) {
    const change = digitsOf((value, digits) => dropChange(scored, value, digits));
    const subject = metric || "accuracy";
    const what = name.includes("per-class") ? `${subject} of the worst class` : `${subject}${base}`;
    const flipped = isDropNegative(scored);
    return { value: change, unit: metricUnit(metric), limit: change(check.limit), flipped, what };
  }
  if (column === "accuracy") return make(metric || "accuracy", (value, digits) => metricValue2(metric, value, digits));
  if (column === "latency" && name.includes("speedup")) return make(`speed-up${base}`, factor2);
  if (column === "latency") return make("latency", milliseconds2);
  if (name.includes("ratio")) return make(column === "memory" ? "memory over FP32" : "size over FP32", ratio2);
  if (base) return make(`growth of ${column ?? name}${base}`, percentWith(1));
  if (column) return make(column, bytes2);
  return make(name, (value, { extra }) => number(value, 4 + extra));
}
var percentWith = (decimals) => (value, { extra }) => percent2(value, decimals + extra);
function isAgainstBase({ name }) {
  return name.startsWith("regression");
}
function isAbsolute(metric) {
  return traitsOf(metric).absolute === true;
}
function measured(check, format) {
  if (check.estimate === null) return "not measured";
  const interval = intervalOf(check, format);
  return `${format.value(check.estimate)}${format.unit}${interval ? ` (${interval})` : ""}`;
}
function intervalOf({ low, high }, format) {
  if (low === null && high === null) return "no interval";
  if (low === high) return void 0;
  const [from, to] = format.flipped ? [high, low] : [low, high];
  if (from === null) return `${format.value(to)} or less`;
  return to === null ? `${format.value(from)} or more` : `${format.value(from)} to ${format.value(to)}`;
}

// src/report/view.ts
var icons = {
  pass: "✅",
  fail: "❌",
  inconclusive: "⚠️",
  error: "🚫",
  none: ""
};
var verdictWords = {
  pass: "passed",
  fail: "failed",
  inconclusive: "came to no decision",
  error: "could not finish"
};
function accuracyOf(variant) {
  const { accuracy } = variant.measurements;
  return accuracy && "metric" in accuracy ? accuracy : void 0;
}
function latencyEntries({ measurements: { latency } }) {
  return Array.isArray(latency) ? latency : [];
}
function latencyOf(variant) {
  return latencyEntries(variant).filter((each) => "speedup" in each);
}
function memoryOf(variant) {
  const { memory } = variant.measurements;
  return memory && "peakBytes" in memory ? memory : void 0;
}
function whyNotMeasured(variant, column) {
  if (column === "latency" && latencyOf(variant).length > 0) return void 0;
  const found = variant.measurements[column];
  const measurement = Array.isArray(found) ? found[0] : found;
  if (measurement === void 0) return "";
  return "notMeasured" in measurement ? measurement.notMeasured : void 0;
}
function requiredLevels({ require: require2 }) {
  return require2.match(/\d/g)?.map(Number);
}
var severity2 = { fail: 0, inconclusive: 1, pass: 2 };
function checksOf(variant, column) {
  return variant.checks.filter((check) => columnOf(check) === column).toSorted(
    (one, other) => severity2[one.verdict] - severity2[other.verdict] || Number(isAgainstBase(one)) - Number(isAgainstBase(other))
  );
}
function checkStatus(check) {
  return check.estimate === null && check.verdict === "pass" ? "inconclusive" : check.verdict;
}
function metricOf2(variant, model) {
  const [measured2] = [variant, model.fp32, ...model.variants].flatMap((each) => accuracyOf(each) ?? []);
  return measured2 ?? { metric: model.metric ?? "" };
}
function modelMetric(model) {
  return metricOf2(model.variants[0] ?? model.fp32, model);
}
function checkSays(check, variant, model) {
  return check.estimate === null ? `${check.name}: ${check.message}` : checkSentence(check, variant, model);
}
function checkSentence(check, variant, model) {
  const format = checkFormat(check, metricOf2(variant, model));
  return `${format.what} ${measured(check, format)}, limit ${format.limit}`;
}
function dataSays({ data, fp32 }) {
  const { shared = 0, sharedTraining = 0, repeated = 0, unmeasured, chance } = data;
  const says = (count2, role) => `${counted(count2, "sample")} of the ${role} data ${count2 === 1 ? "is" : "are"} also in the validation data`;
  const accuracy = accuracyOf(fp32);
  return [
    ...unmeasured ? [unmeasured] : [],
    ...chance !== void 0 && accuracy ? [
      `FP32 itself has ${accuracy.metric} ${metricValue2(accuracy.metric, accuracy.value)}, and always the same answer would have ${metricValue2(accuracy.metric, chance)}: labels or preprocessing are likely not the model's, and then no drop is seen`
    ] : [],
    // No interval knows it.
    ...repeated > 0 ? [
      `${counted(repeated, "validation sample")} ${repeated === 1 ? "repeats" : "repeat"} another: intervals take each for one of its own, so they are too narrow`
    ] : [],
    ...shared > 0 ? [says(shared, "calibration")] : [],
    ...sharedTraining > 0 ? [`${says(sharedTraining, "training")}: accuracy on them says little of Level 3`] : []
  ];
}
function cell(variant, column, model) {
  const checks = checksOf(variant, column);
  const [check] = checks;
  const common = {
    status: check ? checkStatus(check) : "none",
    ...check && { limit: limitPhrase(check, variant, model) },
    limitsMore: check !== void 0 && isOnMore(check, variant),
    others: Math.max(checks.length - 1, 0)
  };
  const why = whyNotMeasured(variant, column);
  if (why === void 0) return { ...common, ...numbers(variant, column, model, check) };
  const silent = why === "" || why === variant.error?.message;
  const blank = variant.error && !check && why === "";
  return { ...common, main: blank ? "" : "not measured", ...!silent && { more: why } };
}
function lines({ main, more, interval, limit, others }) {
  const above = interval !== void 0 && more !== void 0;
  const second = [
    above ? void 0 : more,
    interval,
    limit,
    others > 0 ? `and ${counted(others, "other check")}` : void 0
  ];
  return {
    first: above ? `${main}, ${more}` : main,
    second: second.filter((each) => each !== void 0 && each !== "")
  };
}
function isOnMore({ name, estimate }, variant) {
  if (name !== "latency.max" || estimate === null) return name === "accuracy.min";
  return latencyOf(variant).some(({ p50Ms }) => isAlmost(p50Ms, estimate));
}
function limitPhrase(check, variant, model) {
  const format = checkFormat(check, metricOf2(variant, model));
  const limit = `limit ${format.limit}`;
  const { estimate } = check;
  if (estimate === null && whyNotMeasured(variant, columnOf(check)) !== void 0) return limit;
  const value = estimate === null ? "not measured" : `${format.value(estimate)}${format.unit}`;
  if (isAgainstBase(check)) return `against base ${value}, ${limit}`;
  if (check.name === "latency.max" && !isOnMore(check, variant)) return `latency ${value}, ${limit}`;
  if (check.name.includes("per-class")) return `worst class ${value}, ${limit}`;
  if (check.name.includes("relative")) return `relative loss ${value}, ${limit}`;
  return estimate === null ? `${value}, ${limit}` : limit;
}
function numbers(variant, column, model, check) {
  const baseline = variant.level === 0;
  const as = (name, usual) => check?.name === name ? checkFormat(check, metricOf2(variant, model)).value : usual;
  const withInterval = (interval) => interval === void 0 ? {} : { interval };
  switch (column) {
    case "size": {
      const size = variant.measurements.size;
      const over = as("size.max-ratio", ratio2)(size.ratio);
      return { main: as("size.max", bytes2)(size.bytes), ...!baseline && { more: `${over} of FP32` } };
    }
    case "latency": {
      const all = latencyOf(variant);
      const first = all.find((each) => isAbout(check, each)) ?? all[0];
      const showTime = as("latency.max", milliseconds2);
      const time = `${showTime(first.p50Ms)}${first.batch === 1 ? "" : ` at batch ${first.batch}`}`;
      if (baseline) return { main: time };
      const value = as("latency.min-speedup", factor2);
      const interval = intervalOf(first.speedup, { value, flipped: false });
      return { main: value(first.speedup.estimate), more: time, ...withInterval(interval) };
    }
    case "memory": {
      const memory = memoryOf(variant);
      const over = as("memory.max-ratio", ratio2)(memory.ratio);
      return { main: as("memory.max", bytes2)(memory.peakBytes), ...!baseline && { more: `${over} of FP32` } };
    }
    case "accuracy": {
      const accuracy = accuracyOf(variant);
      const format = as("accuracy.min", (each) => metricValue2(accuracy.metric, each));
      const value = format(accuracy.value);
      if (isAbsolute(accuracy.metric)) {
        if (baseline) return { main: "–", more: `${accuracy.metric} is against FP32` };
        const own = accuracy.interval && intervalOf(accuracy.interval, { value: format, flipped: false });
        return { main: value, more: accuracy.metric, ...withInterval(own) };
      }
      if (baseline) return { main: value, more: accuracy.metric };
      const change = as("accuracy.max-drop", (drop) => dropChange(accuracy, drop));
      const interval = intervalOf(accuracy.drop, { value: change, flipped: isDropNegative(accuracy) });
      const main = `${change(accuracy.drop.estimate)}${metricUnit(accuracy.metric)}`;
      return { main, more: value, ...withInterval(interval) };
    }
  }
}
function isAbout(check, { speedup, p50Ms, p90Ms, p99Ms }) {
  const estimate = check?.estimate;
  if (estimate === void 0 || estimate === null) return false;
  return [speedup.estimate, p50Ms, p90Ms, p99Ms].some((each) => isAlmost(each, estimate));
}
var isAlmost = (one, other) => Math.abs(one - other) <= 1e-9 * Math.abs(one);
var columnTitles = {
  size: "Size",
  latency: "Speed-up",
  memory: "Memory",
  accuracy: "Accuracy"
};
function hasManyTargets(report) {
  const known = manyTargets.get(report);
  if (known !== void 0) return known;
  const first = report.models.find(({ variants }) => variants.length > 0)?.variants[0]?.target;
  const many = report.models.some(({ variants }) => variants.some(({ target }) => target !== first));
  manyTargets.set(report, many);
  return many;
}
var manyTargets = /* @__PURE__ */ new WeakMap();
function variantName(variant, report) {
  return `level ${variant.level}${hasManyTargets(report) ? ` for ${variant.target}` : ""}`;
}
function allVariants({
  models
}) {
  return models.flatMap((model) => model.variants.map((variant) => ({ model, variant })));
}
function further(check) {
  if (check.samplesNeeded === void 0) return "";
  const what = columnOf(check) === "latency" ? "block" : "sample";
  return `; about ${counted(check.samplesNeeded, `further ${what}`)} would decide it`;
}
function machineText({ cpu, isa, cores, memoryBytes, gpu }) {
  return `${cpu} (${isa}), ${counted(cores, "core")}, ${bytes2(memoryBytes)}${gpu ? `, ${gpu}` : ""}`;
}
function conditionsText({
  governor,
  load,
  steal,
  boundTo,
  oneThread,
  gpu
}) {
  return [
    `load ${load.toFixed(1)}`,
    ...steal === void 0 ? [] : [`${percent2(steal, 1)} of CPU time stolen`],
    ...governor === void 0 ? [] : [`governor ${governor}`],
    ...boundTo ? [`bound to CPU ${boundTo.join(", ")}`] : [],
    ...oneThread === void 0 ? [] : [`FP32 takes ${oneThread.toFixed(2)} times as long on one thread as on all`],
    ...gpu ? [
      `GPU at ${gpu.clockMhz} MHz, ${gpu.temperatureC} °C, ${bytes2(gpu.usedBytes)} of ${bytes2(gpu.memoryBytes)} in use, throttle reasons ${gpu.throttle}`
    ] : []
  ].join(", ");
}

// src/report/headline.ts
function headline(report) {
  const verdict = `Quant Gate ${verdictWords[report.verdict]}`;
  return {
    verdict,
    text: { pass: passed, fail: failed, inconclusive: undecided, error: unfinished }[report.verdict](report)
  };
}
function passed(report) {
  const good = allVariants(report).filter(({ variant: variant2 }) => variant2.verdict === "pass");
  if (report.models.length === 0) return "there was nothing to measure";
  if (report.models.length > 1) {
    const all = allVariants(report).length;
    const some = good.length === all ? `all ${counted(all, "variant")}` : `${good.length} of ${counted(all, "variant")}`;
    return [
      `${counted(report.models.length, "model")}, ${some} within the limits`,
      ...spans(good.map((each) => each.variant))
    ].join("; ");
  }
  const best2 = bestOf(report, good);
  if (!best2) return report.gate.reason;
  const { model, variant } = best2;
  const facts = gains(variant, model);
  return `${variantName(variant, report)} of ${model.name} is ${facts.length > 0 ? facts.join(", ") : "within the limits"}`;
}
function bestOf(report, good) {
  const required = requiredLevels(report.gate);
  const wanted = good.filter(({ variant }) => required?.includes(variant.level));
  const speed = (variant) => latencyOf(variant)[0]?.speedup.estimate ?? 0;
  const size = (variant) => variant.measurements.size?.ratio ?? 1;
  return (wanted.length > 0 ? wanted : good).toSorted(
    ({ variant: one }, { variant: other }) => speed(other) - speed(one) || size(one) - size(other) || one.level - other.level
  )[0];
}
function gains(variant, { data }) {
  const facts = [];
  const speedup = latencyOf(variant)[0]?.speedup;
  if (speedup) facts.push(speedFact(speedup));
  const size = variant.measurements.size?.ratio;
  if (size !== void 0 && size > 0) facts.push(sizeFact(size));
  const accuracy = accuracyOf(variant);
  if (accuracy && isAbsolute(accuracy.metric)) {
    facts.push(`${accuracy.metric} ${metricValue2(accuracy.metric, accuracy.value)}`);
  } else if (accuracy) {
    const check = variant.checks.find(({ name }) => name === "accuracy.max-drop");
    const limit = check ? ` (limit ${checkFormat(check, accuracy).limit})` : "";
    const { labelFree } = traitsOf(accuracy.metric);
    const lower = accuracy.direction === "lower";
    const what = data.unmeasured || labelFree || lower ? accuracy.metric : "accuracy";
    facts.push(`${what} ${dropText(accuracy, accuracy.drop.estimate)}${limit}`);
  } else {
    facts.push("accuracy not measured");
  }
  if (accuracy && data.unmeasured) facts.push("accuracy itself was not measured");
  return facts;
}
function speedFact(speedup) {
  const { estimate, low, high } = speedup;
  if (Math.abs(estimate - 1) < 5e-3) return "as fast as FP32";
  if ((low ?? 0) < 1 && (high ?? Number.POSITIVE_INFINITY) > 1) {
    return `${factor2(estimate)} the speed of FP32 (${intervalOf(speedup, { value: factor2, flipped: false })})`;
  }
  return estimate > 1 ? `${factor2(estimate)} faster` : `${factor2(1 / estimate)} slower`;
}
function sizeFact(ratio3) {
  const [times, word] = ratio3 <= 1 ? [1 / ratio3, "smaller"] : [ratio3, "bigger"];
  return times < 1.05 ? "as big as FP32" : `${times.toFixed(1)}x ${word}`;
}
function spans(variants) {
  const span = (values, format) => {
    const [low, high] = [format(Math.min(...values)), format(Math.max(...values))];
    return low === high ? low : `${low} to ${high}`;
  };
  const speedups = variants.flatMap((variant) => latencyOf(variant)[0]?.speedup.estimate ?? []);
  const sizes = variants.flatMap(({ measurements }) => measurements.size?.ratio ?? []);
  return [
    ...speedups.length > 0 ? [`${span(speedups, factor2)} the speed of FP32`] : [],
    ...sizes.length > 0 ? [`${span(sizes, (value) => percent2(value, 0))} of its size`] : []
  ];
}
function failed(report) {
  const rank = ({ check }) => (columnOf(check) === "accuracy" ? 0 : 1) + (check.verdict === "fail" ? 0 : 2);
  const [first, ...others] = decided(report, "fail").toSorted((one, other) => rank(one) - rank(other));
  if (!first) return report.gate.reason;
  return `${sentenceOf(first, report)}${others.length > 0 ? `, and ${counted(others.length, "other limit")} missed` : ""}`;
}
function undecided(report) {
  const [first] = decided(report, "inconclusive");
  return first ? sentenceOf(first, report) : report.gate.reason;
}
function decided(report, verdict) {
  const required = requiredLevels(report.gate);
  const counts = ({ model, variant }) => report.gate.require === "any" ? !model.variants.some(({ target, verdict: own }) => target === variant.target && own === "pass") : required?.includes(variant.level) ?? true;
  return allVariants(report).filter((each) => each.variant.verdict === verdict && counts(each)).flatMap(({ model, variant }) => variant.checks.map((check) => ({ model, variant, check }))).filter(({ check }) => decideCheck(check, report.gate.onInconclusive) === verdict);
}
function sentenceOf({ model, variant, check }, report) {
  const sentence2 = check.estimate === null ? check.message.replace(/\.$/, "") : checkSentence(check, variant, model) + further(check);
  return `${variantName(variant, report)} of ${model.name}: ${sentence2}`;
}
function unfinished(report) {
  for (const { model, variant } of allVariants(report)) {
    if (variant.error) return `${variantName(variant, report)} of ${model.name}: ${firstLine(variant.error.message)}`;
  }
  return report.gate.reason;
}

// src/groups.ts
function groupBy(items, keyOf) {
  const groups = /* @__PURE__ */ new Map();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

// src/report/detail-tables.ts
function columnsOf(words, numbers2 = []) {
  return [...words.map((title2) => ({ title: title2 })), ...numbers2.map((title2) => ({ title: title2, number: true }))];
}
function checkTable(models, confidence) {
  const rows = allVariants({ models }).flatMap(
    ({ model, variant }) => variant.checks.map((check) => {
      const format = checkFormat(check, metricOf2(variant, model));
      return [
        { status: checkStatus(check) },
        { variant, of: model },
        { code: check.name, short: 60 },
        { value: check.estimate === null ? void 0 : measured(check, format), remark: check.message },
        format.limit
      ];
    })
  );
  const measuredTitle = `Measured (${confidencePercent(confidence)} interval)`;
  return { columns: columnsOf(["", "Variant", "Check", measuredTitle, "Limit"]), rows };
}
function latencyTable(models, whole) {
  const titles = ["Batch", "p50", "p90", "p99", "Speed-up", "Runs", "Load"];
  if (whole) titles.push("Rounds discarded", "CPU given to others");
  const rows = models.flatMap(
    (model) => [model.fp32, ...model.variants].flatMap(
      (variant) => latencyEntries(variant).flatMap((each) => {
        if (!("speedup" in each)) {
          const blank = Array(titles.length - 2).fill("");
          return [
            [{ variant, of: model }, count(each.batch), { value: void 0, remark: each.notMeasured }, ...blank]
          ];
        }
        const speedup = (text) => variant.level === 0 ? "" : text;
        const interval = intervalOf(each.speedup, { value: factor2, flipped: false });
        const row = [
          { variant, of: model },
          count(each.batch),
          milliseconds2(each.p50Ms),
          milliseconds2(each.p90Ms),
          milliseconds2(each.p99Ms),
          speedup(`${factor2(each.speedup.estimate)}${interval ? ` (${interval})` : ""}`),
          count(each.runs),
          each.loadMs === void 0 ? "" : milliseconds2(each.loadMs)
        ];
        if (!whole) return [row];
        const left = [
          each.discarded === void 0 ? "" : count(each.discarded),
          each.waited === void 0 ? "" : percent2(each.waited)
        ];
        const shapes = (each.shapes ?? []).map(({ shape, p50Ms, runs, speedup: { estimate } }) => [
          { code: shape, short: 60 },
          count(each.batch),
          milliseconds2(p50Ms),
          "",
          "",
          speedup(factor2(estimate)),
          count(runs),
          "",
          "",
          ""
        ]);
        return [[...row, ...left], ...shapes];
      })
    )
  );
  return { columns: columnsOf(["Variant"], titles), rows };
}
function frontierTable({ frontier }, scored) {
  const rows = frontier.map((point) => [
    { chosen: point.chosen },
    { nodes: point.keptFloat, and: weightsOf(point) },
    bytes2(point.bytes),
    point.speedup === void 0 ? "" : factor2(point.speedup),
    point.metricDrop === void 0 ? "" : dropText(scored, point.metricDrop),
    point.sqnrDb === void 0 ? "" : `${number(point.sqnrDb)} dB`
  ]);
  return { columns: columnsOf(["", "Nodes in FP32"], ["Size", "Speed-up", "Accuracy", "SQNR"]), rows };
}
function weightsOf({
  keptFloat,
  wideWeights: layers = 0,
  integerWeights: stored = 0
}) {
  const wide = layers > 0 ? `8-bit weights in ${counted(layers, "layer")}` : "";
  const whose = stored < keptFloat.length ? `weights of ${stored}` : "their weights";
  const said = [stored > 0 ? `${whose} as integers` : "", wide].filter(Boolean);
  return said.length > 0 ? `(${said.join(", ")})` : "";
}
function sensitivityTable(model) {
  const scored = modelMetric(model);
  const rows = (model.sensitivity ?? []).toSorted((one, other) => one.sqnrDb - other.sqnrDb).map(({ node, op, sqnrDb, metricDrop }) => [
    { code: node, short: 100 },
    op,
    `${number(sqnrDb)} dB`,
    metricDrop === void 0 ? "" : dropText(scored, metricDrop)
  ]);
  return { columns: columnsOf(["Node", "Operator"], ["SQNR", "Accuracy"]), rows };
}
function accuracyText(accuracy) {
  const { metric, sqnrDb, note } = accuracy;
  const value = `${metric} ${metricValue2(metric, accuracy.value)} against ${metricValue2(metric, accuracy.fp32)} over ${counted(accuracy.samples, "sample")}`;
  return {
    value,
    more: [
      ...sqnrDb === void 0 ? [] : [`fidelity of the outputs ${number(sqnrDb)} dB SQNR`],
      ...note === void 0 ? [] : [note]
    ]
  };
}
function classesOf(accuracy) {
  return (accuracy.perClass ?? []).toSorted((one, other) => other.drop.estimate - one.drop.estimate);
}
function placementText({
  providers,
  quantizedNodes,
  integerKernels
}) {
  const ran = Object.entries(providers).map(([name, nodes]) => `${name} ${nodes}`);
  return `${counted(quantizedNodes, "node")} quantized, ${integerKernels} in integer kernels; ran on ${ran.join(", ") || "nothing"}`;
}
function searchText({ tried, seconds: spent }) {
  return `${counted(tried, "candidate")} in ${seconds(spent)}`;
}
function trainingText(training) {
  const what = training.trainedNodes > 0 ? `${counted(training.trainedNodes, "node")} trained` : "no node is changed";
  return {
    summary: `Training: ${counted(training.steps, "step")} in ${seconds(training.seconds)}, ${what}`,
    lines: [
      ...training.tiers.map(
        ({ name, lossBefore, lossAfter, kept }) => `${name}: loss ${number(lossBefore)} to ${number(lossAfter)}, ${kept ? "kept" : "dropped"}`
      ),
      ...training.untrained.map(({ node, op, why }) => `not trained: ${node} (${op}), ${why}`)
    ]
  };
}

// src/report/markdown-parts.ts
function table(head, rows, right = []) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => right.includes(index) ? "--:" : "---")), ...rows.map(line)].join(
    "\n"
  );
}
function longTable({ columns: columns2, rows }, most, report) {
  if (rows.length === 0) return "";
  const text = table(
    columns2.map(({ title: title2 }) => title2),
    rows.slice(0, most).map((row) => row.map((cell2) => cellOf(cell2, report))),
    columns2.flatMap(({ number: number2 }, index) => number2 ? [index] : [])
  );
  return rows.length > most ? `${text}

… and ${counted(rows.length - most, "more row")}, in the whole report.` : text;
}
function cellOf(cell2, report) {
  if (typeof cell2 === "string") return escapeMarkdown(cell2);
  if ("code" in cell2) return codeSpan(cell2.code, cell2.short);
  if ("status" in cell2) return icons[cell2.status];
  if ("variant" in cell2) return label(cell2.of, cell2.variant, report);
  if ("remark" in cell2) return escapeMarkdown(cell2.value ?? cell2.remark);
  if ("chosen" in cell2) return cell2.chosen ? "➡️" : "";
  const nodes = cell2.nodes.length === 0 ? "none" : `${count(cell2.nodes.length)}: ${names(cell2.nodes, 3, 60)}`;
  return [nodes, escapeMarkdown(cell2.and)].filter(Boolean).join(" ");
}
function label(model, variant, report) {
  const target = hasManyTargets(report) ? ` (${escapeMarkdown(variant.target, 40)})` : "";
  return `${codeSpan(model.name, 80)} ${variant.level === 0 ? "FP32" : `level ${variant.level}`}${target}`;
}
function names(given, most, length, all = given.length) {
  const shown = given.slice(0, most).map((name) => codeSpan(name, length));
  return `${shown.join(", ")}${all > shown.length ? ", …" : ""}`;
}
function list(entries, most) {
  const lines2 = entries.slice(0, most).map((entry) => `- ${entry}`);
  if (entries.length > most)
    lines2.push(`- … and ${counted(entries.length - most, "more", "more")}, in the whole report`);
  return lines2.join("\n");
}
function heading(title2, body) {
  return body === "" ? [] : [`#### ${title2}

${body}`];
}
function fold(title2, body) {
  return body === "" ? [] : [`<details><summary>${title2}</summary>

${body}

</details>`];
}

// src/report/markdown-details.ts
function details(report, most) {
  const checks = checkTable(report.models, report.gate.confidence);
  return [
    ...policyChanges(report, most),
    ...fold(`All checks (${checks.rows.length})`, longTable(checks, Math.max(most * 4, 20), report)),
    ...flips(report, most),
    ...fold("Latency", longTable(latencyTable(report.models, false), Math.max(most * 2, 10), report)),
    ...floatNodes(report, most),
    ...decisions(report, most),
    ...sensitivity(report, most),
    ...environment(report, most)
  ];
}
function policyChanges(report, most) {
  const { changes = [], loosened = [] } = report.policy;
  return fold(
    `Changes of the policy (${changes.length})`,
    list(
      changes.map((change) => `${loosened.includes(change) ? `${icons.inconclusive} ` : ""}${escapeMarkdown(change)}`),
      most
    )
  );
}
function perVariant(report, most, body) {
  const parts = allVariants(report).flatMap(({ model, variant }) => {
    const said = body(variant, model);
    return said === void 0 ? [] : [`**${label(model, variant, report)}**${said}`];
  });
  return parts.slice(0, Math.max(most, 1)).join("\n\n");
}
function flips(report, most) {
  const body = perVariant(report, most, (variant) => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return void 0;
    const { value, more } = accuracyText(accuracy);
    const samples = (word, all, some) => `${word} ${count(all)}${some.length === 0 ? "" : `: ${names(some, most, 80, all)}`}`;
    const { flips: flips2 } = accuracy;
    const lines2 = [
      ...flips2 ? [samples("lost", flips2.lost, flips2.lostSamples), samples("gained", flips2.gained, flips2.gainedSamples)] : [],
      ...classesOf(accuracy).filter(({ drop }) => drop.estimate > 0).slice(0, Math.min(most, 5)).map(
        ({ name, drop, samples: samples2 }) => `class ${codeSpan(name, 80)}: ${escapeMarkdown(dropText(accuracy, drop.estimate))} on ${counted(samples2, "sample")}`
      ),
      ...more.map((each) => escapeMarkdown(each))
    ];
    return lines2.length === 0 ? void 0 : `: ${escapeMarkdown(value)}

${list(lines2, 40)}`;
  });
  return fold("Samples lost and gained", body);
}
function floatNodes(report, most) {
  const body = perVariant(report, most, ({ placement }) => {
    if (!placement) return void 0;
    const reasons = sameReasons(placement.floatNodes).map(
      ({ op, why, nodes }) => `${count(nodes.length)} ${escapeMarkdown(op, 40)}: ${escapeMarkdown(why)}: ${named(nodes)}`
    );
    const rest = reasons.length > 0 ? `

In FP32:

${list(reasons, most)}` : "";
    return `: ${escapeMarkdown(placementText(placement))}${rest}`;
  });
  return fold("Which nodes stayed in FP32, and why", body);
}
function sameReasons(nodes) {
  return [...groupBy(nodes, ({ op, why }) => JSON.stringify([op, commonReason(why)])).values()].map((alike) => {
    const { op, why } = alike[0];
    return {
      op,
      why: alike.every((each) => each.why === why) ? why : commonReason(why),
      nodes: alike.map(({ node }) => node)
    };
  });
}
var fewNames = 5;
function named(nodes) {
  const names2 = nodes.slice(0, fewNames).map((node) => codeSpan(node, 100));
  const rest = nodes.length - names2.length;
  return names2.join(", ") + (rest > 0 ? ` and ${count(rest)} more` : "");
}
function decisions(report, most) {
  const body = perVariant(report, most, (variant, model) => {
    const notes = variant.notes.map((note) => escapeMarkdown(note));
    const parts = notes.length > 0 ? [list(notes, most)] : [];
    if (variant.search) {
      const frontier = frontierTable(variant.search, metricOf2(variant, model));
      parts.push(
        `Search over mixed precision: ${searchText(variant.search)}, the best of them:`,
        longTable(frontier, Math.max(most, 5), report)
      );
    }
    if (variant.training) {
      const { summary, lines: lines2 } = trainingText(variant.training);
      const entries = lines2.map((line) => escapeMarkdown(line));
      parts.push(summary, list(entries, Math.max(most, 4)));
    }
    return parts.length === 0 ? void 0 : `

${parts.join("\n\n")}`;
  });
  return fold("What the quantizer decided", body);
}
function sensitivity(report, most) {
  const parts = report.models.flatMap((model) => {
    const table2 = longTable(sensitivityTable(model), Math.max(most, 3), report);
    return table2 === "" ? [] : [`**${codeSpan(model.name, 80)}**: the nodes that lose most when only they are quantized

${table2}`];
  });
  return fold("Sensitivity", parts.slice(0, Math.max(most, 1)).join("\n\n"));
}
function environment(report, most) {
  const machines = report.machines ?? [{ ...report.machine, measured: [] }];
  const lines2 = machines.map(
    ({ noise, conditions, measured: measured2, ...machine }) => escapeMarkdown(
      `${machineText(machine)}; ${machine.os}; ONNX Runtime ${machine.onnxruntime}; Node ${machine.node}`,
      600
    ) + (noise === void 0 ? "" : `; noise of an A/A pair ±${percent2(noise, 1)}`) + (conditions ? `; ${escapeMarkdown(conditionsText(conditions), 300)}` : "") + (measured2.length > 0 ? `; measured ${names(measured2, most, 100)}` : "")
  );
  const models = report.models.map(
    ({ name, source, data }) => `${codeSpan(name, 80)}: ${codeSpan(source.path)} (${bytes2(source.bytes)}, opset ${source.opset}, ${counted(source.parameters, "parameter")}, sha256 ${codeSpan(source.sha256.slice(0, 12))}); calibration ${escapeMarkdown(data.calibration ?? "on generated inputs")}, validation ${escapeMarkdown(data.validation ?? "on nothing: accuracy not measured")}`
  );
  const stages = Object.entries(report.stages).map(([name, spent]) => `${name} ${seconds(spent)}`).join(", ");
  return fold(
    "Environment",
    list(
      [
        ...lines2,
        ...models.slice(0, Math.max(most, 1)),
        `policy ${codeSpan(report.policy.path)}, sha256 ${codeSpan(report.policy.sha256.slice(0, 12))}; ${escapeMarkdown(report.gate.reason)}`,
        `time: ${escapeMarkdown(stages, 600)}`
      ],
      Math.max(most, 6)
    )
  );
}

// src/report/markdown.ts
function marker(id = "main") {
  const safe = id.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/--+/g, "-");
  return `<!-- quant-gate:${safe}${safe === id ? "" : `.${sha256(id).slice(0, 8)}`} -->`;
}
function renderMarkdown(report, options = {}) {
  const limit = options.limit ?? 65535;
  const attempts = [
    { rows: Number.POSITIVE_INFINITY, entries: 25, sections: Number.POSITIVE_INFINITY, failures: 50 },
    { rows: Number.POSITIVE_INFINITY, entries: 8, sections: Number.POSITIVE_INFINITY, failures: 30 },
    { rows: 150, entries: 8, sections: 3, failures: 20 },
    { rows: 60, entries: 5, sections: 1, failures: 10 },
    { rows: 20, entries: 0, sections: 0, failures: 5 },
    { rows: 5, entries: 0, sections: 0, failures: 1 }
  ];
  for (const [index, detail] of attempts.entries()) {
    const text = render(report, options, detail, index > 0);
    if (Buffer.byteLength(text) <= limit) return text;
  }
  return `${[marker(options.id), title(report), closing(report, options, true)].join("\n\n").slice(0, limit - 1)}
`;
}
function render(report, options, detail, shortened) {
  return `${[
    marker(options.id),
    title(report),
    ...notices(report),
    comparison(report, detail.rows),
    ...problems(report, detail),
    ...suggestions(report, detail),
    ...details(report, detail.entries).slice(0, detail.sections),
    closing(report, options, shortened)
  ].join("\n\n")}
`;
}
function title(report) {
  const { verdict, text } = headline(report);
  return `### ${icons[report.verdict]} ${verdict}: ${escapeMarkdown(text, 400)}`;
}
function notices(report) {
  const lines2 = [];
  const { changes = [], loosened = [] } = report.policy;
  if (changes.length > 0) {
    const many = loosened.length;
    const loose = many > 0 ? `, **${many} of them ${many === 1 ? "loosens" : "loosen"} a limit**` : "";
    lines2.push(`⚠️ This pull request changes the policy: ${counted(changes.length, "change")}${loose} (listed below).`);
  }
  for (const model of report.models) {
    for (const remark of dataSays(model)) lines2.push(`⚠️ ${codeSpan(model.name)}: ${escapeMarkdown(remark)}.`);
  }
  if (report.base) {
    lines2.push(
      `Compared with ${codeSpan(report.base.ref)} at ${codeSpan(report.base.sha.slice(0, 12))}: ${escapeMarkdown(report.base.status)}.`
    );
  }
  return lines2;
}
function comparison(report, most) {
  const rows = report.models.flatMap((model) => {
    const baseline = { status: "fp32", cells: baselineRow(model) };
    const variants = model.variants.map(
      (variant) => ({ status: variant.verdict, cells: variantRow(variant, model, report), baseline })
    );
    return [baseline, ...variants];
  });
  const shown = shorten(rows, most);
  const left = rows.length - shown.length;
  return [
    table(
      ["Model", "Level", ...columns.map((column) => columnTitles[column])],
      shown.map(({ cells }) => cells)
    ),
    ...left > 0 ? [`
… and ${counted(left, "more row")}, in the whole report.`] : []
  ].join("\n");
}
function shorten(rows, most) {
  if (rows.length <= most) return [...rows];
  const bad = rows.filter(({ status }) => status !== "pass" && status !== "fp32");
  const good = rows.filter(({ status }) => status === "pass");
  const kept = /* @__PURE__ */ new Set();
  for (const row of [...bad, ...good]) {
    if (kept.size >= most) break;
    kept.add(row.baseline ?? row).add(row);
  }
  return rows.filter((row) => kept.has(row));
}
function baselineRow(model) {
  const cells = columns.map((column) => cellText(cell(model.fp32, column, model)));
  return [`**${codeSpan(model.name, 80)}**`, "FP32", ...cells];
}
function variantRow(variant, model, report) {
  const target = hasManyTargets(report) ? `<br><sub>${escapeMarkdown(variant.target, 40)}</sub>` : "";
  const label2 = `${icons[variant.verdict]} **${variant.level}** ${variant.method}${target}`;
  if (variant.error && variant.file === void 0) {
    return [
      "",
      label2,
      `could not be made: ${escapeMarkdown(variant.error.kind, 40)}`,
      ...columns.slice(1).map(() => "")
    ];
  }
  return ["", label2, ...columns.map((column) => cellText(cell(variant, column, model)))];
}
function cellText(each) {
  const { first, second } = lines(each);
  const icon = icons[each.status];
  const small = second.length === 0 ? "" : `<br><sub>${escapeMarkdown(second.join(", "), 240)}</sub>`;
  return first === "" ? "" : `${icon}${icon && " "}${escapeMarkdown(first, 80)}${small}`;
}
function problems(report, { failures: most }) {
  const failed2 = [];
  const undecided2 = [];
  const errors = [];
  for (const { model, variant } of allVariants(report)) {
    const name = label(model, variant, report);
    if (variant.error) {
      errors.push(
        `${icons.error} ${name}: ${escapeMarkdown(variant.error.kind)}

  ${codeBlock(variant.error.message, 1500)}
`
      );
    }
    for (const check of variant.checks) {
      const status = checkStatus(check);
      if (status === "pass") continue;
      const says = check.estimate === null ? `${codeSpan(check.name)}: ${escapeMarkdown(check.message)}` : escapeMarkdown(checkSentence(check, variant, model));
      if (status === "fail") failed2.push(`${icons.fail} ${name}: ${says}`);
      else
        undecided2.push(
          `${icons.inconclusive} ${name}: ${says}${escapeMarkdown(further(check))}${decidedBy(check, report)}`
        );
    }
  }
  return [
    ...heading("What failed", list([...errors, ...failed2], most)),
    ...heading("What the measurements do not decide", list(undecided2, most))
  ];
}
function decidedBy(check, report) {
  if (report.gate.onInconclusive !== "estimate") return "";
  const decided2 = decideCheck(check, "estimate");
  if (decided2 === "inconclusive") return " (the estimate does not decide it either)";
  return ` (${decided2 === "pass" ? "passed" : "failed"} by the estimate)`;
}
function suggestions(report, { failures: most }) {
  const many = report.models.length > 1;
  const lines2 = report.models.flatMap(
    ({ name, suggestions: suggestions2 }) => suggestions2.map((each) => `${many ? `${codeSpan(name, 80)}: ` : ""}${escapeMarkdown(each, 400)}`)
  );
  return heading("What to try", list(lines2, most));
}
function closing(report, { artifact }, shortened) {
  const { machine } = report;
  const place = artifact ? `the artifact ${artifact.url && /^https:\/\/[^\s()<>"]+$/.test(artifact.url) ? `[${escapeMarkdown(artifact.name)}](${artifact.url})` : codeSpan(artifact.name)}` : "the folder of this report";
  const whole = shortened ? `Shortened to fit; the whole report (<code>report.html</code>) and the models are in ${place}.` : `The models and the whole report (<code>report.html</code>) are in ${place}.`;
  const cpu = `${escapeMarkdown(machine.cpu, 80)}, ${counted(machine.cores, "core")}`;
  const machines = report.machines && report.machines.length > 1 ? ` and ${counted(report.machines.length - 1, "other machine")}` : "";
  return `<sub>${whole} Required level: ${escapeMarkdown(report.gate.require, 60)}. Intervals at ${confidencePercent(report.gate.confidence)} confidence. Measured in ${seconds(report.seconds)} on ${cpu}${machines}, INT8 against FP32 on the same machine.</sub>`;
}

export {
  metricTraits,
  traitsOf,
  taskMetrics,
  defaultMetric,
  metricOf,
  lowerIsBetter,
  ratio,
  bytes,
  milliseconds,
  factor,
  percent,
  metricValue,
  metricDifference,
  verdictOf,
  judge,
  decideVerdict,
  decideCheck,
  decideModel,
  lets,
  decideGate,
  number,
  bytes2,
  milliseconds2,
  seconds,
  factor2,
  ratio2,
  percent2,
  count,
  metricValue2,
  dropChange,
  isDropNegative,
  dropText,
  metricUnit,
  columns,
  checkFormat,
  isAbsolute,
  intervalOf,
  icons,
  verdictWords,
  accuracyOf,
  latencyOf,
  memoryOf,
  requiredLevels,
  checksOf,
  checkStatus,
  metricOf2,
  modelMetric,
  checkSays,
  dataSays,
  cell,
  lines,
  columnTitles,
  hasManyTargets,
  allVariants,
  further,
  machineText,
  conditionsText,
  headline,
  groupBy,
  columnsOf,
  checkTable,
  latencyTable,
  frontierTable,
  sensitivityTable,
  accuracyText,
  classesOf,
  placementText,
  searchText,
  trainingText,
  marker,
  renderMarkdown
};
