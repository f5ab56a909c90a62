import { topK } from './top-k.ts';

/**
 * The share of right predictions: the best class where there are several, a threshold where the output is one score,
 * pixels in segmentation.
 */
export const accuracy = topK('accuracy', 1);
