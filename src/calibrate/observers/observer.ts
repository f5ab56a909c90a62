import type { IntegerGrid } from '../../targets/target.ts';
import type { Range } from '../error.ts';
import type { TensorStatistics } from '../histogram.ts';

/** Chooses the range of a tensor from what calibration saw of it. */
export interface Observer {
  readonly name: string;
  /**
   * The range to cover on `grid`; parametersFor makes scale and zero point of it.
   *
   * @param behind the function that everybody who reads the tensor sees of it; observers of least error count an error by what is
   * left of it there, others look at the tensor alone
   */
  range(statistics: TensorStatistics, grid: IntegerGrid, behind?: (x: number) => number): Range;
}
