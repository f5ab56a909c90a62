import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/github/guard.ts
var privileged = /* @__PURE__ */ new Set(["pull_request_target", "workflow_run", "issue_comment"]);
function judgeTrust({ event, eventName }) {
  const own = event.repository?.id;
  if (event.pull_request) {
    const { head, base } = event.pull_request;
    if (!head.repo) return { trusted: false, why: "the repository of the pull request’s head is gone" };
    if (head.repo.id !== base.repo.id) return { trusted: false, why: "the pull request comes from a fork" };
    return { trusted: true };
  }
  if (event.workflow_run) {
    const head = event.workflow_run.head_repository;
    if (head && own !== void 0 && head.id === own) return { trusted: true };
    return { trusted: false, why: "the run that triggered this one belongs to a fork" };
  }
  if (eventName === "issue_comment") {
    return { trusted: false, why: "a comment does not say whose files are checked out" };
  }
  return { trusted: true };
}
function refuseUnsafe(context, trust) {
  if (trust.trusted || !privileged.has(context.eventName)) return;
  throw new UserError(
    `refused to run under ${context.eventName}: ${trust.why}, and this event gives its files a token that can write. Use \`on: pull_request\` for the gate; to comment on forks' pull requests, add the report/ action in a separate workflow_run job (docs/security.md).`
  );
}

export {
  judgeTrust,
  refuseUnsafe
};
