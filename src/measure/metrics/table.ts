import type { MetricName } from '../../policy/schema.ts';
import { accuracy } from './accuracy.ts';
import { agreement } from './agreement.ts';
import { auc } from './auc.ts';
import { cosine } from './cosine.ts';
import { f1 } from './f1.ts';
import { kl } from './kl.ts';
import { mae } from './mae.ts';
import { map, map50 } from './map.ts';
import type { Metric } from './metric.ts';
import { miou } from './miou.ts';
import { perplexity } from './perplexity.ts';
import { psnr } from './psnr.ts';
import { r2 } from './r2.ts';
import { rmse } from './rmse.ts';
import { spearman } from './spearman.ts';
import { sqnr } from './sqnr.ts';
import { topK } from './top-k.ts';

/** Every metric by its name in quant.yml. A new metric is a file and a row. */
export const metrics: Readonly<Record<MetricName, Metric>> = {
  top1: topK('top1', 1),
  top5: topK('top5', 5),
  accuracy,
  f1,
  auc,
  mae,
  rmse,
  r2,
  cosine,
  spearman,
  psnr,
  map50,
  map,
  miou,
  perplexity,
  agreement,
  kl,
  sqnr,
};
