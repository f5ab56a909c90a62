import { UserError } from '../../errors.ts';
import type { ModelPolicy } from '../../policy/schema.ts';
import { metricOf } from '../../policy/task.ts';
import { decodeBoxes } from '../metrics/decode.ts';
import { decodeByCommand } from '../metrics/decode-command.ts';
import type { CommandRunner } from '../metrics/exchange.ts';
import type { DetectionContext, MetricContext, Outputs } from '../metrics/metric.ts';
import { metrics } from '../metrics/table.ts';
import type { LabelledSample, RecordScoring, Scoring } from './score.ts';

export interface ScoringOptions {
  /** Whether the validation samples have labels; without, fidelity to FP32 is all that can be measured. */
  labelled: boolean;
  /** The names of the model's outputs in the model's order; the first is the default of `output`. */
  outputs?: readonly string[];
  /** Class names by index, from the data. */
  classes?: readonly string[];
  /** Runs `metric: { command }` and `decoder: { command }`; refuses where commands are not allowed. */
  run: CommandRunner;
}

type ScoredModel = Pick<ModelPolicy, 'task' | 'metric' | 'output' | 'border' | 'decoder'> & {
  data: Pick<ModelPolicy['data'], 'preprocess'>;
};

/**
 * How a model of the policy is scored: its metric, or its task's. Without labels the metric is one that needs none:
 * `agreement` for classification and segmentation, else `sqnr`.
 */
export function openScoring(model: ScoredModel, options: ScoringOptions): Scoring {
  const wanted = metricOf(model);
  const output = model.output ?? options.outputs?.[0];
  if (typeof wanted !== 'string') {
    return {
      command: wanted.command,
      direction: wanted.direction,
      run: options.run,
      ...(model.output !== undefined && { output: model.output }),
    };
  }
  const name =
    options.labelled || metrics[wanted].labels !== 'required'
      ? wanted
      : model.task === 'classification' || model.task === 'segmentation'
        ? 'agreement'
        : 'sqnr';
  const context: RecordScoring['context'] = {
    task: model.task,
    ...(output !== undefined && { output }),
    outputNamed: model.output !== undefined,
    border: model.border,
    ...(options.classes && { classes: options.classes }),
  };
  if (name !== 'map50' && name !== 'map') return { metric: metrics[name], context };
  const { decoder } = model;
  const detection = detectionContext(model);
  const command = decoder?.command;
  if (command !== undefined) {
    return {
      metric: metrics[name],
      context: { ...context, detection },
      decode: (outputs, samples) => decodeByCommand(command, options.run, outputs, samples),
    };
  }
  const boxes = decoder?.boxes ?? 'boxes';
  if (options.outputs && !options.outputs.includes(boxes)) {
    throw new UserError(
      `metric ${name} needs to know which outputs are boxes: the model has no output "${boxes}", it has ` +
        `${options.outputs.map((each) => `"${each}"`).join(', ')}. Name them with \`decoder: { boxes, scores, classes }\`, ` +
        'or decode them with `decoder: { command }`.',
    );
  }
  return { metric: metrics[name], context: { ...context, detection: { ...detection, boxes } }, decode: decodeAll };
}

function detectionContext({ decoder, data }: ScoredModel): DetectionContext {
  return {
    ...(decoder?.boxes !== undefined && { boxes: decoder.boxes }),
    ...(decoder?.scores !== undefined && { scores: decoder.scores }),
    ...(decoder?.classes !== undefined && { classes: decoder.classes }),
    ...(data.preprocess && { preprocess: data.preprocess }),
  };
}

async function* decodeAll(
  outputs: AsyncIterable<Outputs>,
  samples: readonly LabelledSample[],
  context: MetricContext,
): AsyncGenerator<Outputs> {
  let index = 0;
  for await (const sample of outputs) yield decodeBoxes(context, sample, samples[index++]?.label);
}
