/** One way to make an INT8 file: a level of this quantizer, or a setting of ONNX Runtime's Python tool. */
export type Setting = OwnSetting | PeerSetting;

export interface OwnSetting {
  by: 'quant-gate';
  name: string;
  level: 1 | 2;
  /** Of the level's part of a policy; default: its defaults. */
  options?: Record<string, unknown>;
}

export interface PeerSetting {
  by: 'onnxruntime';
  name: string;
  kind: 'dynamic' | 'static';
  ops?: string[];
  method?: Method;
  perChannel?: boolean;
  types?: Types;
  reduceRange?: boolean;
}

const methods = ['MinMax', 'Percentile', 'Entropy'] as const;
/** Activations, weights. */
const types = ['S8S8', 'U8S8', 'U8U8'] as const;
type Method = (typeof methods)[number];
type Types = (typeof types)[number];

const own: OwnSetting[] = [
  { by: 'quant-gate', name: 'Level 1', level: 1 },
  { by: 'quant-gate', name: 'Level 2', level: 2 },
];

const peer = (setting: Omit<PeerSetting, 'by'>): PeerSetting => ({ by: 'onnxruntime', ...setting });
const staticPeer = (method: Method, perChannel: boolean, pair: Types, reduceRange: boolean): PeerSetting =>
  peer({
    name: `static ${method}, ${perChannel ? 'per channel' : 'per tensor'}, ${pair}${reduceRange ? ', reduce_range' : ''}`,
    kind: 'static',
    method,
    perChannel,
    types: pair,
    reduceRange,
  });

const defaults = [
  peer({ name: 'static, its defaults', kind: 'static' }),
  peer({ name: 'dynamic, its defaults', kind: 'dynamic' }),
  peer({ name: 'dynamic, MatMul only', kind: 'dynamic', ops: ['MatMul'] }),
];

const all = methods.flatMap((method) =>
  [false, true].flatMap((perChannel) =>
    types.flatMap((pair) => [false, true].map((reduceRange) => staticPeer(method, perChannel, pair, reduceRange))),
  ),
);

/** The settings among which the peer's best file is found on most models. */
const quick = [
  staticPeer('MinMax', true, 'U8S8', false),
  staticPeer('Percentile', true, 'U8S8', false),
  staticPeer('MinMax', true, 'U8S8', true),
];

/** The same observer on both sides, and nothing else: what calibration and quantization cost. */
export const sameObserver: readonly Setting[] = (
  [
    ['MinMax', 'min-max'],
    ['Percentile', 'percentile'],
  ] as const
).flatMap(([method, observer]) => [
  staticPeer(method, true, 'U8S8', false),
  {
    by: 'quant-gate',
    name: `Level 2, observer: ${observer}, recover: none`,
    level: 2,
    options: { observer, recover: 'none', prefer: 'size' },
  },
]);

/** Both sides in turn, so that a change of the machine's load meets both. */
export function settings(isQuick: boolean): Setting[] {
  const peers = [...defaults, ...(isQuick ? quick : all)];
  const [level1, level2] = own as [OwnSetting, OwnSetting];
  return [peers[0]!, level2, peers[1]!, level1, ...peers.slice(2)];
}
