import { openStore } from '../../src/data/store.ts';
import { loadModel } from '../../src/onnx/model.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { qatRequest } from './request.ts';

/** Trains until it is killed: model, store and folder are its arguments. */
const [model, store, folder] = process.argv.slice(2) as [string, string, string];
await quantizeQat(await qatRequest(await loadModel(model), openStore(store), folder));
