import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type FeedStore, openStore, type StoreIndex, storeFormat, tensorBytes } from '../../src/data/store.ts';
import type { Tensor } from '../../src/tensor.ts';

/** A store made of tensors at hand. */
export function writeStore(path: string, samples: readonly Readonly<Record<string, Tensor>>[]): FeedStore {
  const index: StoreIndex = { format: storeFormat, bytes: 0, samples: [] };
  const chunks: Uint8Array[] = [];
  for (const [at, sample] of samples.entries()) {
    const hash = createHash('sha256');
    const inputs: StoreIndex['samples'][number]['inputs'] = {};
    for (const [name, tensor] of Object.entries(sample)) {
      const bytes = tensorBytes(tensor);
      hash.update(bytes);
      inputs[name] = { type: tensor.type, dims: tensor.dims, offset: index.bytes, bytes: bytes.length };
      const padding = -bytes.length & 63;
      chunks.push(bytes, new Uint8Array(padding));
      index.bytes += bytes.length + padding;
    }
    index.samples.push({ id: `sample[${at}]`, inputs, digest: hash.digest('hex') });
  }
  writeFileSync(path, Buffer.concat(chunks));
  writeFileSync(`${path}.json`, JSON.stringify(index));
  return openStore(path);
}
