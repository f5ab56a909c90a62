/** Reports long work to whoever shows it: a bar on a terminal, a line every few seconds in a log. */
export interface Progress {
  /** Starts a named stage; `total` is in `unit`s where it is known. */
  stage(name: string, total?: number, unit?: string): Stage;
  /** One line that stays: a result, a decision. */
  note(message: string): void;
}

export interface Stage {
  /** Adds `by` (default 1) to the stage's count; `detail` is shown beside it. */
  advance(by?: number, detail?: string): void;
  done(detail?: string): void;
}

export const silent: Progress = { stage: () => ({ advance() {}, done() {} }), note() {} };
