import * as z from 'zod';
import { modelSchema, policySchema, schemaAddress } from '../policy/schema.ts';
import { alternatives, shapeOf, unwrap } from '../policy/shape.ts';
import { dataSources } from '../policy/sources.ts';
import { taskMetrics } from '../policy/task.ts';
import { reportSchema } from './schema.ts';

/** What is generated from the schemas: JSON Schema for editors and other programs, and the reference page. */

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

/** Every generated file of the repository with its text. */
export function generatedFiles(): Record<string, string> {
  return {
    'schema/quant.schema.json': policyJsonSchema(),
    'schema/report.schema.json': reportJsonSchema(),
    'docs/policy.md': policyReference(),
  };
}

function policyJsonSchema(): string {
  return jsonSchema(policySchema, 'quant.yml', 'The policy of Quant Gate: models, data, levels and limits.');
}

function reportJsonSchema(): string {
  return jsonSchema(
    reportSchema,
    'report.json',
    'The report of Quant Gate: what was measured, held against its limits.',
  );
}

function jsonSchema(schema: z.ZodType, title: string, description: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema: each }) => {
      // zod bounds every integer by what a double holds exactly: true, and noise in an editor.
      if (each.maximum === Number.MAX_SAFE_INTEGER) delete each.maximum;
      if (each.minimum === Number.MIN_SAFE_INTEGER) delete each.minimum;
    },
  });
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}

// ---- docs/policy.md ----

function policyReference(): string {
  const { levels, gate, measure, publish } = policySchema.shape;
  const level = shapeOf(levels)!;
  const limits = shapeOf(shapeOf(level['2']!)!['limits']!)!;
  return `${[
    '# quant.yml',
    '<!-- Generated from src/policy/schema.ts by `npm run generate`; edit the descriptions there. -->',
    introduction,
    section('## The file', policySchema, ['models', 'levels', 'gate', 'measure', 'publish']),
    section('## models', modelSchema, ['data']),
    metricTable(),
    '### models[].data\n\n`calibration` feeds the observers of Level 2 and the distillation of Level 3, `validation` measures accuracy, `training` gives Level 3 labels. Without calibration data generated inputs are used; without validation data accuracy is not measured, and a limit on it, also against the base branch, is an error. A tensor that is zero in all calibration data stays float: no scale is known for it.',
    ...Object.entries(dataSources).map(([kind, schema]) => section(`#### ${kind}`, schema)),
    section('### models[].data.preprocess', shapeOf(shapeOf(modelSchema)!['data']!)!['preprocess']!),
    '## levels\n\nThe levels are a ladder, cheaper first. Without this key the policy asks for Level 2 without limits.',
    section('### levels.1', level['1']!, ['limits']),
    section('### levels.2', level['2']!, ['limits']),
    section('### levels.3', level['3']!, ['limits']),
    '## limits\n\nUnder `levels.N.limits`. Each limit is a check with an estimate, an interval and a verdict: `pass` where the whole interval keeps the limit, `fail` where all of it misses, `inconclusive` where it straddles. What was not measured never passes; a variant that does not run on the validation data, or gives NaN there, is an error whatever is limited.',
    ...Object.entries(limits).map(([name, schema]) => section(`### limits.${name}`, schema)),
    section('## gate', gate, ['regression']),
    section('### gate.regression', shapeOf(gate)!['regression']!),
    section('## measure', measure),
    section('## publish', publish),
  ].join('\n\n')}\n`;
}

const introduction = `The policy says which models the gate looks at, how they are quantized, and what they must keep. Editors that know
JSON Schema check it while you type:

\`\`\`yaml
# yaml-language-server: $schema=${schemaAddress}
version: 1
models:
  - path: models/mobilenet.onnx
    task: classification
    data:
      calibration: { images: data/calibration, limit: 200 }
      validation:  { images: data/validation, labels: data/validation.csv }
      preprocess:  { resize: 256, crop: 224, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
levels:
  2:
    limits:
      size:     { max-ratio: 0.30 }
      latency:  { min-speedup: 1.2 }
      accuracy: { max-drop: 0.01 }
gate: { require: [2] }
\`\`\`

Paths are relative to the policy's folder and stay inside the Git repository that holds it (outside Git: inside that
folder). Durations and sizes carry their unit: \`20ms\`, \`10m\`, \`4MB\`. Unknown keys are errors; so is a key that nothing would
read (\`border\` without psnr, say), unless a YAML anchor shares it among models. \`quant-gate check\` says
before a run what is wrong with a policy, its models and its data; it runs the FP32 models on a few samples and nothing else but \`build\`
and the commands of data sources.`;

function metricTable(): string {
  const rows = Object.entries(taskMetrics).map(([task, metrics]) => [
    `\`${task}\``,
    `\`${metrics[0]}\``,
    metrics
      .slice(1)
      .map((metric) => `\`${metric}\``)
      .join(', '),
  ]);
  return `### Tasks and metrics\n\n${table(['task', 'default metric', 'also'], rows)}\n\n\`agreement\`, \`kl\` and \`sqnr\` compare with FP32 and need no labels. \`metric: { command: ... }\` computes any other.`;
}

function section(title: string, schema: Schema, elsewhere: readonly string[] = []): string {
  const about = descriptionOf(schema);
  const rows = Object.entries(shapeOf(schema)!).map(([key, value]) => [
    `\`${key}\``,
    elsewhere.includes(key) ? 'see below' : typeOf(value),
    presence(value),
    cellText(descriptionOf(value) ?? ''),
  ]);
  return `${title}\n\n${about ? `${about}\n\n` : ''}${table(['key', 'value', 'default', 'meaning'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function descriptionOf(schema: Schema): string | undefined {
  const own = (schema as z.ZodType).description;
  if (own) return own;
  const def = schema._zod.def as Def;
  return 'innerType' in def ? descriptionOf(def.innerType) : undefined;
}

function presence(schema: Schema): string {
  const def = schema._zod.def as Def;
  if (def.type === 'default' || def.type === 'prefault') {
    const text = JSON.stringify(def.defaultValue);
    return text === '{}' || text.length > 40 ? '' : `\`${text.replaceAll('"', '')}\``;
  }
  return def.type === 'optional' ? '' : '**required**';
}

/** The type as a reader writes it: `number`, `a \\| b`, `[number, ...]`. */
function typeOf(schema: Schema): string {
  const title = titleOf(schema);
  if (title) return title;
  return [...new Set(alternatives(schema).map(plainType))].join(' or ');
}

function titleOf(schema: Schema): string | undefined {
  const title = (schema as z.ZodType).meta()?.title;
  const def = schema._zod.def as Def;
  return title ?? ('innerType' in def ? titleOf(def.innerType) : undefined);
}

function plainType(schema: Schema): string {
  const def = unwrap(schema)._zod.def as Def;
  switch (def.type) {
    case 'string':
      return 'text';
    case 'number':
      return 'format' in def ? 'whole number' : 'number';
    case 'boolean':
      return '`true`, `false`';
    case 'literal':
      return def.values.map((value) => `\`${String(value)}\``).join(', ');
    case 'enum':
      return Object.values(def.entries)
        .map((value) => `\`${value}\``)
        .join(', ');
    case 'array':
      return `list of ${typeOf(def.element)}`;
    case 'tuple':
      return `[${def.items.map(typeOf).join(', ')}]`;
    case 'object':
      return `\`{ ${Object.keys(def.shape).join(', ')} }\``;
    case 'record':
      return `map of name to ${typeOf(def.valueType)}`;
    default:
      return def.type;
  }
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|');
}
