import { provisionRuntime } from '../../src/runtime/provision.ts';

/** A process of its own, for the test to kill. */
await provisionRuntime(JSON.parse(process.argv[2]!));
