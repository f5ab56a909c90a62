import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/words.ts
function counted(value, one, many = `${one}s`) {
  return `${value.toLocaleString("en-US")} ${value === 1 ? one : many}`;
}
function listed(items) {
  return items.length < 2 ? items[0] ?? "" : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
function firstLine(text) {
  return text.split("\n", 1)[0];
}
function confidencePercent(value) {
  return `${Number((100 * value).toPrecision(12))} %`;
}
function commonReason(why) {
  return why.replace(/ \([^)]*\d[^)]*\)/g, "").replace(/a weight of \d+ values \[[\d, ]*\]/, "a small weight").replace(/its input \S+ is float/, "an input is float");
}

export {
  counted,
  listed,
  firstLine,
  confidencePercent,
  commonReason
};
