import { convolutionGradients } from './convolution.ts';
import { einsumGradients } from './einsum.ts';
import { elementwiseGradients } from './elementwise.ts';
import type { GradientTable } from './gradient.ts';
import { indexingGradients } from './indexing.ts';
import { linearGradients } from './linear.ts';
import { normalizationGradients } from './normalization.ts';
import { poolingGradients } from './pooling.ts';
import { reductionGradients } from './reduction.ts';
import { resizeGradients } from './resize.ts';
import { shapeGradients } from './shape.ts';

/**
 * All of automatic differentiation: operator -> gradient, emitted as standard ONNX operators. A new operator is a row in
 * the file of its family and a case in the test that checks every row against finite differences.
 */
export const gradients: GradientTable = {
  ...elementwiseGradients,
  ...linearGradients,
  ...einsumGradients,
  ...convolutionGradients,
  ...poolingGradients,
  ...reductionGradients,
  ...normalizationGradients,
  ...shapeGradients,
  ...indexingGradients,
  ...resizeGradients,
};

export { Unsupported } from './gradient.ts';
