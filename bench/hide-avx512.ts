/**
 * Lets a machine with AVX-512 stand in for one without: in copies of ONNX Runtime's libraries, the instruction that says which
 * registers the system saves (xgetbv) says that those of AVX-512 are not among them, and the kernels for AVX2 are taken.
 *
 *     npm run bench -- hide-avx512 FOLDER/libonnxruntime.so.1 [FOLDER/onnxruntime_pybind11_state...so]
 *     sed -E 's/ avx(512|_vnni)[a-z0-9_]{0,}//g' /proc/cpuinfo > cpuinfo
 *     unshare -m sh -c 'mount --bind cpuinfo /proc/cpuinfo; QUANT_GATE_RUNTIME_PATH=FOLDER npm run bench -- quantize ...'
 *
 * Changes the files in place: give it copies. (A file with several hard links is replaced, the others stay as they were.)
 */

import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

/** xor ecx, ecx; the register that is asked for is XCR0. */
const clear = Buffer.from([0x31, 0xc9]);
const xgetbv = Buffer.from([0x0f, 0x01, 0xd0]);
/** push 7; pop rax: x87, SSE and AVX. */
const upToAvx = Buffer.from([0x6a, 0x07, 0x58]);
/** How far before it the register is cleared, at most; the same three bytes inside other instructions have nothing like it. */
const near = 40;

const files = process.argv.slice(2);
if (files.length === 0) throw new Error('no file is named');
for (const file of files) {
  const code = readFileSync(file);
  let count = 0;
  for (let at = code.indexOf(xgetbv); at >= 0; at = code.indexOf(xgetbv, at + xgetbv.length)) {
    if (!code.subarray(Math.max(0, at - near), at).includes(clear)) continue;
    upToAvx.copy(code, at);
    count += 1;
  }
  if (count === 0) throw new Error(`${file} asks nowhere what the system saves`);
  writeFileSync(`${file}.new`, code, { mode: statSync(file).mode });
  renameSync(`${file}.new`, file);
  console.log(`${file}: ${count} places changed`);
}
