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

/** The same progress with `label: ` in front of every stage and note: what they are about, a model or a variant. */
export function labelled(progress: Progress, label: string): Progress {
  return {
    stage: (name, total, unit) => progress.stage(`${label}: ${name}`, total, unit),
    note: (message) => progress.note(`${label}: ${message}`),
  };
}

/** The same progress that says each note once: a notice about a file is one, however often the file is read. */
export function noteOnce(progress: Progress): Progress {
  const said = new Set<string>();
  return {
    stage: (name, total, unit) => progress.stage(name, total, unit),
    note(message) {
      if (said.has(message)) return;
      said.add(message);
      progress.note(message);
    },
  };
}

/** The same progress, of which the stages that are still open can be ended: those of a process that died. */
export function closable(progress: Progress): Progress & { endStages(): void } {
  const open = new Set<Stage>();
  return {
    stage(name, total, unit) {
      const stage = progress.stage(name, total, unit);
      open.add(stage);
      return {
        advance: (by, detail) => stage.advance(by, detail),
        done(detail) {
          open.delete(stage);
          stage.done(detail);
        },
      };
    },
    note: (message) => progress.note(message),
    endStages() {
      for (const stage of open) stage.done('ended early');
      open.clear();
    },
  };
}

/** `12/200 samples`, `12 rounds` */
export function progressCount(count: number, total: number | undefined, unit: string): string {
  return [total === undefined ? `${count}` : `${count}/${total}`, unit].filter(Boolean).join(' ');
}
