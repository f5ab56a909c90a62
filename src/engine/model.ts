import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import { materializeIn } from '../data/materialize.ts';
import { openScoring } from '../measure/accuracy/open.ts';
import { storedOutputs } from '../measure/accuracy/outputs.ts';
import { scoreReference } from '../measure/accuracy/score.ts';
import type { Environment } from '../measure/machine.ts';
import { silent } from '../progress.ts';
import type { ModelReport } from '../report/schema.ts';
import type { ProviderName, SessionSpec } from '../runtime/contract.ts';
import type { ModelContext, RunContext } from './context.ts';
import { peaksOfFp32 } from './memory.ts';
import { failureOfFp32, intervals, runFp32 } from './outputs.ts';
import { at, reading } from './place.ts';
import { type PlannedData, type PlannedModel, refuseUnlabelled } from './plan.ts';
import { reportModel } from './report.ts';
import { type GatedVariant, gateVariant } from './variant.ts';

/** A model's part of the report, and the files that go into the bundle. */
export interface GatedModel {
  report: ModelReport;
  files: { id: string; path: string; external: string[] }[];
  /** What the machine alone made of equal files: half-widths of A/A intervals. */
  noise: number[];
  /** What may have disturbed the measurements of latency. */
  environments: Environment[];
}

/** Decodes a model's data, runs FP32, and makes and measures every variant of the plan. */
export async function gateModel(run: RunContext, planned: PlannedModel): Promise<GatedModel> {
  // A variant is compared with FP32 on the provider that it runs on itself.
  for (const remark of planned.remarks) run.options.progress.note(`${planned.name}: ${remark}`);
  const contexts = new Map<ProviderName, ModelContext>();
  const contextOf = async (provider: ProviderName): Promise<ModelContext> => {
    const context = contexts.get(provider) ?? (await openModel(run, planned, provider));
    contexts.set(provider, context);
    return context;
  };
  const gated: GatedVariant[] = [];
  for (const variant of planned.variants) {
    const done = gated.find(
      ({ report, planned: { target, options } }) =>
        target === variant.target && options.stop && report.verdict === 'pass',
    );
    if (done) {
      run.options.progress.note(`${planned.name}: ${variant.id} is not needed, ${done.report.id} passed and says stop`);
      continue;
    }
    const runs = variant.executability.runs !== 'no';
    const context = await contextOf(runs ? variant.target.provider : 'cpu');
    gated.push(await at(run.loaded, ['models', planned.index, 'path'], () => gateVariant(context, variant)));
    run.endStages();
  }
  const [first] = contexts.values();
  return reportModel(first ?? (await contextOf('cpu')), gated);
}

async function openModel(run: RunContext, planned: PlannedModel, provider: ProviderName): Promise<ModelContext> {
  const { clock, options, runtime, threads } = run;
  const modelDir = join(run.workDir, planned.name);
  await mkdir(modelDir, { recursive: true });
  // One folder for all models: equal sources are decoded once.
  const decode = (data: PlannedData) =>
    clock.time('decode', () =>
      reading(run.loaded, data.place, () =>
        materializeIn(join(run.workDir, 'data'), data.dataset, data.generated ? silent : options.progress),
      ),
    );
  const calibration = await decode(planned.calibration);
  const validation = await decode(planned.validation);
  const training = planned.training && (await decode(planned.training));
  const fp32: SessionSpec = { model: planned.file, provider, threads };
  const base = { ...run, planned, modelDir, calibration, validation, ...(training && { training }), fp32 };
  refuseUnlabelled(run.loaded, planned, validation);
  const fp32Outputs = await clock.time('inference', () =>
    at(run.loaded, ['models', planned.index, 'path'], () => runFp32({ ...run, modelDir, planned }, fp32, validation)),
  );
  const labelled = !planned.validation.generated && validation.samples.every(({ label }) => label !== undefined);
  const reference = await clock.time('score', () =>
    at(run.loaded, ['models', planned.index, 'metric'], async () => {
      const scoring = openScoring(planned.policy, {
        labelled,
        outputs: planned.outputs.map(({ name }) => name),
        ...(validation.classes && { classes: validation.classes }),
        run: (command, { what, env }) =>
          runCommand(command, {
            folder: run.loaded.folder,
            allowed: options.allowCommands,
            what,
            env,
            progress: options.progress,
          }),
      });
      return scoreReference(scoring, storedOutputs(fp32Outputs), validation.samples, intervals(run));
    }),
  );
  const peaks = await clock.time('memory', () =>
    at(run.loaded, ['models', planned.index, 'path'], () =>
      peaksOfFp32({ fp32, validation, runtime }).catch((error: unknown) => {
        throw failureOfFp32(planned, fp32, error);
      }),
    ),
  );
  return { ...base, ...peaks, reference, speed: new Map(), starts: new Map(), refined: new Map(), environments: [] };
}
