import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  number,
  object,
  string,
  targetNames,
  unknown
} from "./chunk-MXRGQT2E.js";
import {
  isInside
} from "./chunk-WIJZFTFA.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// node_modules/@actions/core/lib/command.js
import * as os from "os";

// node_modules/@actions/core/lib/utils.js
function toCommandValue(input) {
  if (input === null || input === void 0) {
    return "";
  } else if (typeof input === "string" || input instanceof String) {
    return input;
  }
  return JSON.stringify(input);
}
function toCommandProperties(annotationProperties) {
  if (!Object.keys(annotationProperties).length) {
    return {};
  }
  return {
    title: annotationProperties.title,
    file: annotationProperties.file,
    line: annotationProperties.startLine,
    endLine: annotationProperties.endLine,
    col: annotationProperties.startColumn,
    endColumn: annotationProperties.endColumn
  };
}

// node_modules/@actions/core/lib/command.js
function issueCommand(command, properties, message) {
  const cmd = new Command(command, properties, message);
  process.stdout.write(cmd.toString() + os.EOL);
}
function issue(name, message = "") {
  issueCommand(name, {}, message);
}
var CMD_STRING = "::";
var Command = class {
  constructor(command, properties, message) {
    if (!command) {
      command = "missing.command";
    }
    this.command = command;
    this.properties = properties;
    this.message = message;
  }
  toString() {
    let cmdStr = CMD_STRING + this.command;
    if (this.properties && Object.keys(this.properties).length > 0) {
      cmdStr += " ";
      let first = true;
      for (const key in this.properties) {
        if (this.properties.hasOwnProperty(key)) {
          const val = this.properties[key];
          if (val) {
            if (first) {
              first = false;
            } else {
              cmdStr += ",";
            }
            cmdStr += `${key}=${escapeProperty(val)}`;
          }
        }
      }
    }
    cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
    return cmdStr;
  }
};
function escapeData(s) {
  return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
function escapeProperty(s) {
  return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/:/g, "%3A").replace(/,/g, "%2C");
}

// node_modules/@actions/core/lib/file-command.js
import * as crypto from "crypto";
import * as fs from "fs";
import * as os2 from "os";
function issueFileCommand(command, message) {
  const filePath = process.env[`GITHUB_${command}`];
  if (!filePath) {
    throw new Error(`Unable to find environment variable for file command ${command}`);
  }
  if (!fs.existsSync(filePath)) {
    throw new Error(`Missing file at path: ${filePath}`);
  }
  fs.appendFileSync(filePath, `${toCommandValue(message)}${os2.EOL}`, {
    encoding: "utf8"
  });
}
function prepareKeyValueMessage(key, value) {
  const delimiter = `ghadelimiter_${crypto.randomUUID()}`;
  const convertedValue = toCommandValue(value);
  if (key.includes(delimiter)) {
    throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
  }
  if (convertedValue.includes(delimiter)) {
    throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
  }
  return `${key}<<${delimiter}${os2.EOL}${convertedValue}${os2.EOL}${delimiter}`;
}

// node_modules/@actions/core/lib/core.js
import * as os4 from "os";

// node_modules/@actions/http-client/lib/auth.js
var __awaiter = function(thisArg, _arguments, P, generator) {
  function adopt(value) {
    return value instanceof P ? value : new P(function(resolve2) {
      resolve2(value);
    });
  }
  return new (P || (P = Promise))(function(resolve2, reject) {
    function fulfilled(value) {
      try {
        step(generator.next(value));
      } catch (e) {
        reject(e);
      }
    }
    function rejected(value) {
      try {
        step(generator["throw"](value));
      } catch (e) {
        reject(e);
      }
    }
    function step(result) {
      result.done ? resolve2(result.value) : adopt(result.value).then(fulfilled, rejected);
    }
    step((generator = generator.apply(thisArg, _arguments || [])).next());
  });
};
var BearerCredentialHandler = class {
  constructor(token) {
    this.token = token;
  }
  // currently implements pre-authorization
  // TODO: support preAuth = false where it hooks on 401
  prepareRequest(options) {
    if (!options.headers) {
      throw Error("The request has no headers");
    }
    options.headers["Authorization"] = `Bearer ${this.token}`;
  }
  // This handler cannot handle 401
  canHandleAuthentication() {
    return false;
  }
  handleAuthentication() {
    return __awaiter(this, void 0, void 0, function* () {
      throw new Error("not implemented");
    });
  }
};

// node_modules/@actions/core/lib/summary.js
import { EOL as EOL3 } from "os";
import { constants, promises } from "fs";
var __awaiter2 = function(thisArg, _arguments, P, generator) {
  function adopt(value) {
    return value instanceof P ? value : new P(function(resolve2) {
      resolve2(value);
    });
  }
  return new (P || (P = Promise))(function(resolve2, reject) {
    function fulfilled(value) {
      try {
        step(generator.next(value));
      } catch (e) {
        reject(e);
      }
    }
    function rejected(value) {
      try {
        step(generator["throw"](value));
      } catch (e) {
        reject(e);
      }
    }
    function step(result) {
      result.done ? resolve2(result.value) : adopt(result.value).then(fulfilled, rejected);
    }
    step((generator = generator.apply(thisArg, _arguments || [])).next());
  });
};
var { access, appendFile, writeFile } = promises;
var SUMMARY_ENV_VAR = "GITHUB_STEP_SUMMARY";
var Summary = class {
  constructor() {
    this._buffer = "";
  }
  /**
   * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
   * Also checks r/w permissions.
   *
   * @returns step summary file path
   */
  filePath() {
    return __awaiter2(this, void 0, void 0, function* () {
      if (this._filePath) {
        return this._filePath;
      }
      const pathFromEnv = process.env[SUMMARY_ENV_VAR];
      if (!pathFromEnv) {
        throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
      }
      try {
        yield access(pathFromEnv, constants.R_OK | constants.W_OK);
      } catch (_a) {
        throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
      }
      this._filePath = pathFromEnv;
      return this._filePath;
    });
  }
  /**
   * Wraps content in an HTML tag, adding any HTML attributes
   *
   * @param {string} tag HTML tag to wrap
   * @param {string | null} content content within the tag
   * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
   *
   * @returns {string} content wrapped in HTML element
   */
  wrap(tag, content, attrs = {}) {
    const htmlAttrs = Object.entries(attrs).map(([key, value]) => ` ${key}="${value}"`).join("");
    if (!content) {
      return `<${tag}${htmlAttrs}>`;
    }
    return `<${tag}${htmlAttrs}>${content}</${tag}>`;
  }
  /**
   * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
   *
   * @param {SummaryWriteOptions} [options] (optional) options for write operation
   *
   * @returns {Promise<Summary>} summary instance
   */
  write(options) {
    return __awaiter2(this, void 0, void 0, function* () {
      const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
      const filePath = yield this.filePath();
      const writeFunc = overwrite ? writeFile : appendFile;
      yield writeFunc(filePath, this._buffer, { encoding: "utf8" });
      return this.emptyBuffer();
    });
  }
  /**
   * Clears the summary buffer and wipes the summary file
   *
   * @returns {Summary} summary instance
   */
  clear() {
    return __awaiter2(this, void 0, void 0, function* () {
      return this.emptyBuffer().write({ overwrite: true });
    });
  }
  /**
   * Returns the current summary buffer as a string
   *
   * @returns {string} string of summary buffer
   */
  stringify() {
    return this._buffer;
  }
  /**
   * If the summary buffer is empty
   *
   * @returns {boolen} true if the buffer is empty
   */
  isEmptyBuffer() {
    return this._buffer.length === 0;
  }
  /**
   * Resets the summary buffer without writing to summary file
   *
   * @returns {Summary} summary instance
   */
  emptyBuffer() {
    this._buffer = "";
    return this;
  }
  /**
   * Adds raw text to the summary buffer
   *
   * @param {string} text content to add
   * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
   *
   * @returns {Summary} summary instance
   */
  addRaw(text, addEOL = false) {
    this._buffer += text;
    return addEOL ? this.addEOL() : this;
  }
  /**
   * Adds the operating system-specific end-of-line marker to the buffer
   *
   * @returns {Summary} summary instance
   */
  addEOL() {
    return this.addRaw(EOL3);
  }
  /**
   * Adds an HTML codeblock to the summary buffer
   *
   * @param {string} code content to render within fenced code block
   * @param {string} lang (optional) language to syntax highlight code
   *
   * @returns {Summary} summary instance
   */
  addCodeBlock(code, lang) {
    const attrs = Object.assign({}, lang && { lang });
    const element = this.wrap("pre", this.wrap("code", code), attrs);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML list to the summary buffer
   *
   * @param {string[]} items list of items to render
   * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
   *
   * @returns {Summary} summary instance
   */
  addList(items, ordered = false) {
    const tag = ordered ? "ol" : "ul";
    const listItems = items.map((item) => this.wrap("li", item)).join("");
    const element = this.wrap(tag, listItems);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML table to the summary buffer
   *
   * @param {SummaryTableCell[]} rows table rows
   *
   * @returns {Summary} summary instance
   */
  addTable(rows) {
    const tableBody = rows.map((row) => {
      const cells = row.map((cell) => {
        if (typeof cell === "string") {
          return this.wrap("td", cell);
        }
        const { header, data, colspan, rowspan } = cell;
        const tag = header ? "th" : "td";
        const attrs = Object.assign(Object.assign({}, colspan && { colspan }), rowspan && { rowspan });
        return this.wrap(tag, data, attrs);
      }).join("");
      return this.wrap("tr", cells);
    }).join("");
    const element = this.wrap("table", tableBody);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds a collapsable HTML details element to the summary buffer
   *
   * @param {string} label text for the closed state
   * @param {string} content collapsable content
   *
   * @returns {Summary} summary instance
   */
  addDetails(label, content) {
    const element = this.wrap("details", this.wrap("summary", label) + content);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML image tag to the summary buffer
   *
   * @param {string} src path to the image you to embed
   * @param {string} alt text description of the image
   * @param {SummaryImageOptions} options (optional) addition image attributes
   *
   * @returns {Summary} summary instance
   */
  addImage(src, alt, options) {
    const { width, height } = options || {};
    const attrs = Object.assign(Object.assign({}, width && { width }), height && { height });
    const element = this.wrap("img", null, Object.assign({ src, alt }, attrs));
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML section heading element
   *
   * @param {string} text heading text
   * @param {number | string} [level=1] (optional) the heading level, default: 1
   *
   * @returns {Summary} summary instance
   */
  addHeading(text, level) {
    const tag = `h${level}`;
    const allowedTag = ["h1", "h2", "h3", "h4", "h5", "h6"].includes(tag) ? tag : "h1";
    const element = this.wrap(allowedTag, text);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML thematic break (<hr>) to the summary buffer
   *
   * @returns {Summary} summary instance
   */
  addSeparator() {
    const element = this.wrap("hr", null);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML line break (<br>) to the summary buffer
   *
   * @returns {Summary} summary instance
   */
  addBreak() {
    const element = this.wrap("br", null);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML blockquote to the summary buffer
   *
   * @param {string} text quote text
   * @param {string} cite (optional) citation url
   *
   * @returns {Summary} summary instance
   */
  addQuote(text, cite) {
    const attrs = Object.assign({}, cite && { cite });
    const element = this.wrap("blockquote", text, attrs);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML anchor tag to the summary buffer
   *
   * @param {string} text link text/content
   * @param {string} href hyperlink
   *
   * @returns {Summary} summary instance
   */
  addLink(text, href) {
    const element = this.wrap("a", text, { href });
    return this.addRaw(element).addEOL();
  }
};
var _summary = new Summary();
var summary = _summary;

// node_modules/@actions/core/lib/platform.js
import os3 from "os";

// node_modules/@actions/io/lib/io-util.js
import * as fs2 from "fs";
var { chmod, copyFile, lstat, mkdir, open, readdir, rename, rm, rmdir, stat, symlink, unlink } = fs2.promises;
var IS_WINDOWS = process.platform === "win32";
var READONLY = fs2.constants.O_RDONLY;

// node_modules/@actions/exec/lib/toolrunner.js
var IS_WINDOWS2 = process.platform === "win32";

// node_modules/@actions/core/lib/platform.js
var platform = os3.platform();
var arch = os3.arch();

// node_modules/@actions/core/lib/core.js
var __awaiter3 = function(thisArg, _arguments, P, generator) {
  function adopt(value) {
    return value instanceof P ? value : new P(function(resolve2) {
      resolve2(value);
    });
  }
  return new (P || (P = Promise))(function(resolve2, reject) {
    function fulfilled(value) {
      try {
        step(generator.next(value));
      } catch (e) {
        reject(e);
      }
    }
    function rejected(value) {
      try {
        step(generator["throw"](value));
      } catch (e) {
        reject(e);
      }
    }
    function step(result) {
      result.done ? resolve2(result.value) : adopt(result.value).then(fulfilled, rejected);
    }
    step((generator = generator.apply(thisArg, _arguments || [])).next());
  });
};
var ExitCode;
(function(ExitCode2) {
  ExitCode2[ExitCode2["Success"] = 0] = "Success";
  ExitCode2[ExitCode2["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
function setSecret(secret) {
  issueCommand("add-mask", {}, secret);
}
function getInput(name, options) {
  const val = process.env[`INPUT_${name.replace(/ /g, "_").toUpperCase()}`] || "";
  if (options && options.required && !val) {
    throw new Error(`Input required and not supplied: ${name}`);
  }
  if (options && options.trimWhitespace === false) {
    return val;
  }
  return val.trim();
}
function getMultilineInput(name, options) {
  const inputs = getInput(name, options).split("\n").filter((x) => x !== "");
  if (options && options.trimWhitespace === false) {
    return inputs;
  }
  return inputs.map((input) => input.trim());
}
function getBooleanInput(name, options) {
  const trueValue = ["true", "True", "TRUE"];
  const falseValue = ["false", "False", "FALSE"];
  const val = getInput(name, options);
  if (trueValue.includes(val))
    return true;
  if (falseValue.includes(val))
    return false;
  throw new TypeError(`Input does not meet YAML 1.2 "Core Schema" specification: ${name}
Support boolean input list: \`true | True | TRUE | false | False | FALSE\``);
}
function setOutput(name, value) {
  const filePath = process.env["GITHUB_OUTPUT"] || "";
  if (filePath) {
    return issueFileCommand("OUTPUT", prepareKeyValueMessage(name, value));
  }
  process.stdout.write(os4.EOL);
  issueCommand("set-output", { name }, toCommandValue(value));
}
function debug(message) {
  issueCommand("debug", {}, message);
}
function error(message, properties = {}) {
  issueCommand("error", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function warning(message, properties = {}) {
  issueCommand("warning", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function info(message) {
  process.stdout.write(message + os4.EOL);
}
function startGroup(name) {
  issue("group", name);
}
function endGroup() {
  issue("endgroup");
}
function group(name, fn) {
  return __awaiter3(this, void 0, void 0, function* () {
    startGroup(name);
    let result;
    try {
      result = yield fn();
    } finally {
      endGroup();
    }
    return result;
  });
}
function saveState(name, value) {
  const filePath = process.env["GITHUB_STATE"] || "";
  if (filePath) {
    return issueFileCommand("STATE", prepareKeyValueMessage(name, value));
  }
  issueCommand("save-state", { name }, toCommandValue(value));
}
function getState(name) {
  return process.env[`STATE_${name}`] || "";
}

// src/action/log.ts
import { relative } from "node:path";
function notify(message) {
  warning(message, { title: "Quant Gate" });
}
function annotate(outcome) {
  const { error: error2, exitCode, title } = outcome;
  if (error2 instanceof UserError) {
    const { file, line, column } = error2.position ?? {};
    error(error2.message, {
      title: "Quant Gate",
      ...file !== void 0 && { file: relative(process.env["GITHUB_WORKSPACE"] ?? process.cwd(), file) },
      ...line !== void 0 && { startLine: line },
      ...line !== void 0 && column !== void 0 && { startColumn: column, endColumn: column }
    });
  } else if (error2 !== void 0) {
    error(error2 instanceof Error ? error2.stack ?? error2.message : String(error2), { title: "Quant Gate failed" });
  } else if (exitCode !== 0) {
    error(title, { title: "Quant Gate" });
  } else {
    info(title);
  }
}

// src/github/event.ts
import { readFileSync } from "node:fs";
var repository = object({
  id: number(),
  full_name: string().optional(),
  /** Some payloads of `push` give it a name and an address alone. */
  owner: object({ login: string().optional() }).optional()
});
var pullRequest = object({
  number: number(),
  head: object({ sha: string(), ref: string().optional(), repo: repository.nullish() }),
  base: object({ sha: string(), ref: string(), repo: repository })
});
var eventSchema = object({
  repository: repository.optional(),
  pull_request: pullRequest.optional(),
  workflow_run: object({
    id: number(),
    head_sha: string(),
    head_branch: string().nullish(),
    head_repository: repository.nullish(),
    event: string(),
    actor: object({ login: string() }).nullish()
  }).optional(),
  /** Present in `issue_comment` events. */
  issue: object({ number: number(), pull_request: unknown().optional() }).optional()
});
function readContext(env) {
  const [owner = "", repo = ""] = required(env, "GITHUB_REPOSITORY").split("/");
  const runId = Number(required(env, "GITHUB_RUN_ID"));
  const event = readEvent(env["GITHUB_EVENT_PATH"]);
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  return {
    eventName: env["GITHUB_EVENT_NAME"] ?? "",
    event,
    owner,
    repo,
    headSha: event.pull_request?.head.sha ?? event.workflow_run?.head_sha ?? required(env, "GITHUB_SHA"),
    runId,
    runUrl: `${server}/${owner}/${repo}/actions/runs/${runId}`,
    workspace: env["GITHUB_WORKSPACE"] || process.cwd(),
    ...event.pull_request && { pullRequest: event.pull_request }
  };
}
function readEvent(path) {
  return path ? eventSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : {};
}
function required(env, name) {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set; outside of GitHub Actions use the command line: quant-gate run`);
  return value;
}

// src/action/inputs.ts
import { lstatSync, realpathSync } from "node:fs";
import { join, relative as relative2, resolve, sep } from "node:path";
var commentModes = ["always", "on-failure", "never"];
var limitSources = ["base", "head"];
function readInputs(workspace) {
  const { folder, policyPath } = readPlace(workspace);
  const models = list("models");
  const levels = list("levels")?.map(parseLevel);
  const targets = list("targets")?.map((value) => oneOf("targets", value, targetNames));
  const runtimePath = getInput("runtime-path");
  const limitsFrom = readLimitsFrom();
  return {
    policyPath,
    ...models && { models },
    ...levels && { levels },
    ...targets && { targets },
    ...readSettings(),
    ...runtimePath && { runtimePath: resolve(folder, runtimePath) },
    allowCommands: flag("allow-commands", false),
    onlyChanged: flag("only-changed", true),
    ...limitsFrom && { limitsFrom }
  };
}
function readLimitsFrom() {
  const value = getInput("limits-from");
  return value ? oneOf("limits-from", value, limitSources) : void 0;
}
function readSettings() {
  const retentionDays = days("retention-days");
  return {
    token: getInput("github-token"),
    comment: oneOf("comment", getInput("comment") || "always", commentModes),
    checkName: getInput("check-name") || "Quant Gate",
    artifactName: artifactName("artifact-name"),
    ...retentionDays !== void 0 && { retentionDays }
  };
}
function settingsForMistake() {
  try {
    return readSettings();
  } catch (error2) {
    if (!(error2 instanceof UserError)) throw error2;
    const checkName = getInput("check-name") || "Quant Gate";
    return { token: getInput("github-token"), comment: "always", checkName, artifactName: "quant-gate" };
  }
}
function readPlace(workspace) {
  const folder = resolve(workspace, getInput("working-directory") || ".");
  if (!isInside(resolve(workspace), folder)) {
    throw wrong("working-directory", getInput("working-directory"), "a folder inside the checkout");
  }
  const policyPath = resolve(folder, getInput("policy") || "quant.yml");
  refuseForeignPolicy(resolve(workspace), policyPath);
  return { folder, policyPath };
}
function refuseForeignPolicy(workspace, policyPath) {
  if (!isInside(workspace, policyPath)) throw wrong("policy", getInput("policy"), "a file inside the checkout");
  const shown = (path2) => relative2(workspace, path2).split(sep).join("/");
  const refuse = (why) => new UserError(
    `${why}. Commit the policy itself at ${shown(policyPath)}, or name where it lies in the inputs working-directory and policy.`
  );
  let path = workspace;
  for (const part of relative2(workspace, policyPath).split(sep)) {
    path = join(path, part);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === void 0) return;
    if (found.isSymbolicLink()) {
      throw refuse(`${shown(path)} is a symbolic link, and no policy is read through one`);
    }
    if (path === policyPath ? !found.isFile() : !found.isDirectory()) {
      throw refuse(`${shown(path)} is no ${path === policyPath ? "regular file" : "folder"}`);
    }
  }
  if (!isInside(realpathSync(workspace), realpathSync(policyPath))) {
    throw refuse(`${shown(policyPath)} leads out of the checkout`);
  }
}
function wrong(name, value, right) {
  return new UserError(`input ${name}: ${JSON.stringify(value)} is not ${right}`);
}
function list(name) {
  const items = getMultilineInput(name).flatMap((line) => line.split(",")).map((item) => item.trim()).filter(Boolean);
  return items.length > 0 ? items : void 0;
}
function parseLevel(value) {
  return Number(oneOf("levels", value, ["1", "2", "3"]));
}
function oneOf(name, value, choices) {
  const choice = choices.find((item) => item === value);
  if (choice === void 0) throw wrong(name, value, `one of ${choices.join(", ")}`);
  return choice;
}
function flag(name, otherwise) {
  const value = getInput(name);
  if (!value) return otherwise;
  try {
    return getBooleanInput(name);
  } catch {
    throw wrong(name, value, "true or false");
  }
}
function days(name) {
  const value = getInput(name);
  if (!value) return void 0;
  const number2 = Number(value);
  if (!Number.isInteger(number2) || number2 < 1 || number2 > 400) throw wrong(name, value, "a number of days, 1 to 400");
  return number2;
}
function artifactName(name) {
  const value = getInput(name) || "quant-gate";
  if (/["<>|*?:\r\n\\/]/.test(value)) throw wrong(name, value, 'an artifact name: it has one of " : < > | * ? \\ /');
  return value;
}

export {
  BearerCredentialHandler,
  summary,
  setSecret,
  getInput,
  setOutput,
  debug,
  error,
  warning,
  info,
  group,
  saveState,
  getState,
  notify,
  annotate,
  readContext,
  readInputs,
  readLimitsFrom,
  readSettings,
  settingsForMistake,
  readPlace,
  wrong,
  list,
  oneOf,
  flag
};
