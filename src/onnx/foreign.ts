/** Why bytes are not an ONNX model, for those cases that can be told; undefined where they may be one. */
export function explainUnreadable(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'the file is empty';
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  if (head.startsWith('version https://git-lfs.github.com/spec/')) {
    return 'is a Git LFS pointer, not the model: run `git lfs pull`, or check out with `lfs: true`';
  }
  return undefined;
}
