import { join } from 'node:path';
import { type RealModel, realModels } from '../../test/slow/real-models.ts';

/** One training: a model, its weights' bits and whether they have a scale a channel. */
export interface Setting {
  model: string;
  bits: 8 | 4 | 3;
  perChannel: boolean;
  /** Calibration rows, of what the model's data has; the rest of labelled data that has no split is validated on. */
  calibration: string;
  validation?: string;
  /** Every image that is validated on counts as ten crops of it. */
  tenCrops?: true;
}

const rows: Readonly<Record<string, Pick<Setting, 'calibration' | 'validation'>>> = {
  mobilenetv2_imagenet: { calibration: '0:200', validation: '200:500' },
  'squeezenet1.1_imagenet': { calibration: '0:200', validation: '200:500' },
  resnet8_cifar10: { calibration: '0:1024' },
  vit_pgd_cifar10: { calibration: '0:1024' },
  kwt1_speech_commands: { calibration: '0:256', validation: '256:1000' },
  sst2_transformer: { calibration: '0:512' },
  kwt1_speech_commands_audio: { calibration: '0:40', validation: '40:120' },
  magika_standard_v3_3: { calibration: '0:256', validation: '256:1000' },
  super_resolution_x3: { calibration: '0:30', validation: '30:110' },
  silero_vad_16k_flat: { calibration: '0:512', validation: '512:1500' },
  mnist_cntk: { calibration: '0:512', validation: '512:2512' },
  winml_cifar_cnn: { calibration: '0:1024' },
};

const setting = (model: string, bits: Setting['bits'], perChannel = true): Setting => ({
  model,
  bits,
  perChannel,
  ...rows[model]!,
});

/** Where Level 2 loses: what training wins back. */
export const lossy: readonly Setting[] = [
  setting('resnet8_cifar10', 4),
  setting('resnet8_cifar10', 3),
  setting('mobilenetv2_imagenet', 8, false),
  setting('mobilenetv2_imagenet', 4),
  setting('mobilenetv2_imagenet', 3),
  setting('kwt1_speech_commands', 4),
  setting('kwt1_speech_commands', 3),
  setting('sst2_transformer', 4),
  setting('sst2_transformer', 3),
];

/** Where Level 2 loses little or nothing: training must not do worse. */
export const eightBits: readonly Setting[] = Object.keys(rows).map((model) => setting(model, 8));

/** Where a few hundred rows do not tell whether anything is lost. */
export const manyRows: readonly Setting[] = [{ ...setting('mobilenetv2_imagenet', 8), tenCrops: true }];

export const label = ({ bits, perChannel }: Pick<Setting, 'bits' | 'perChannel'>): string =>
  `W${bits}A8${perChannel ? '' : ' per tensor'}`;

/** The model with the rows of this setting. */
export function realModel({ model, calibration, validation, tenCrops }: Setting): RealModel {
  const real = realModels.find(({ name }) => name === model)!;
  return {
    ...real,
    calibration: { ...real.calibration, rows: calibration },
    validation: tenCrops ? crops(validation!) : { ...real.validation, ...(validation && { rows: validation }) },
  };
}

/** Ten crops of each of these images of ImageNet, as images of their own. */
export function crops(rows: string): RealModel['validation'] {
  const script = join(import.meta.dirname, 'ten-crops.ts');
  return { command: `"${process.execPath}" "${script}" imagenet ${rows.replace(':', ' ')}`, labels: 'label' };
}
