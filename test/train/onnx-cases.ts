import { type Case, int64, resize } from './gradient-cases.ts';

/** Forms that PyTorch has not. */
export const onnxCases: Case[] = [
  ...[
    [8, 8],
    [7, 9],
    [7, 8],
  ].map(
    (size): Case => ({
      op: 'ConvTranspose',
      name: `to ${size}`,
      inputs: [
        [1, 2, 4, 4],
        [2, 3, 3, 3],
      ],
      attributes: { strides: { ints: [2, 2] }, output_shape: { ints: size } },
    }),
  ),
  ...['SAME_UPPER', 'SAME_LOWER'].map(
    (auto_pad): Case => ({
      op: 'ConvTranspose',
      name: `${auto_pad} with output padding`,
      inputs: [
        [1, 2, 4, 4],
        [2, 3, 3, 4],
      ],
      attributes: { strides: [2, 2], output_padding: [1, 1], auto_pad },
    }),
  ),
  // What keeps its size is copied, whatever the scales.
  resize('to the same size', [1, 1, 1.3, 1.1], { mode: 'linear', coordinate_transformation_mode: 'asymmetric' }),
  ...['half_pixel', 'pytorch_half_pixel'].map((mode) =>
    resize(`nearest, ${mode}, smaller`, [1, 1, 0.7, 0.6], {
      mode: 'nearest',
      coordinate_transformation_mode: mode,
      nearest_mode: 'floor',
    }),
  ),
  ...['not_larger', 'not_smaller'].map(
    (policy): Case => ({
      op: 'Resize',
      name: `linear, ${policy}`,
      inputs: [
        [1, 2, 5, 6],
        { type: 'float32', dims: [0], data: new Float32Array(0) },
        { type: 'float32', dims: [0], data: new Float32Array(0) },
        int64(7, 12),
      ],
      attributes: { mode: 'linear', axes: { ints: [2, 3] }, keep_aspect_ratio_policy: policy },
    }),
  ),
];
