import type { ByteSource } from './source.ts';

/** A format that is taken for ONNX: how it is recognised, and what to say. */
interface Format {
  is: (head: string) => boolean;
  message: string;
}

const starts =
  (...marks: string[]) =>
  (head: string) =>
    marks.some((mark) => head.startsWith(mark));
const text = (head: string): string => head.trimStart().toLowerCase();

/** From the surest sign to the vaguest; `head` has a character a byte. */
const FORMATS: readonly Format[] = [
  {
    is: starts('version https://git-lfs.github.com/spec/', 'version https://hawser.github.com/spec/'),
    message: 'is a Git LFS pointer, not the model itself: run `git lfs pull`, or check out with `lfs: true`',
  },
  {
    is: (head) => head.slice(4, 8) === 'ORTM',
    message: "is in ONNX Runtime's own ORT format: give the .onnx file that it was made from",
  },
  {
    is: (head) => head.slice(4, 8) === 'TFL3',
    message: 'is a TensorFlow Lite model: convert it with tf2onnx --tflite',
  },
  {
    is: starts('PK\x03\x04', 'PK\x05\x06'),
    message:
      'is a zip archive, as PyTorch (TorchScript, .pt), Keras and NumPy write: export the model with torch.onnx.export or tf2onnx',
  },
  {
    is: starts('\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'),
    message: 'is a Python pickle, as torch.save writes: load it in Python and export it with torch.onnx.export',
  },
  { is: starts('\x89HDF\r\n'), message: 'is an HDF5 file, as Keras writes: convert it with tf2onnx' },
  { is: starts('GGUF'), message: 'is a GGUF file: only ONNX models can be quantized here' },
  {
    is: starts('\x1f\x8b', 'BZh', '\xfd7zXZ', '(\xb5/\xfd'),
    message: 'is a compressed file: commit the .onnx file in it',
  },
  {
    is: (head) => /^.{8}\{"/s.test(head) && head.includes('"dtype"'),
    message: 'is a safetensors file, which has weights but no graph: export the model with torch.onnx.export',
  },
  {
    is: (head) => /^(<!doctype html|<html|<head|<body)/.test(text(head)),
    message:
      'is an HTML page, not a model: the download answered with a page (a login, an error); fetch the file itself',
  },
  {
    is: (head) => /^<\?xml|^<net/.test(text(head)),
    message: 'is an XML file (an OpenVINO model?): give the ONNX model that it was made from',
  },
  { is: (head) => /^\{\s*"/.test(text(head)), message: 'is a JSON file, not an ONNX model' },
  {
    is: (head) => head.startsWith('\x08\x01\x12') && /serve|tensorflow|MetaGraph|[Pp]laceholder/.test(head),
    message: 'is a TensorFlow SavedModel, not an ONNX file: convert its folder with tf2onnx',
  },
  {
    is: (head) => head.length > 0 && /^[\t\n\r\x20-\x7e]+$/.test(head),
    message: 'is a text file, not an ONNX model',
  },
];

/** What a file is that surely is no ONNX model, and the cure; undefined where it may be one. */
export function foreignFormat(source: ByteSource): string | undefined {
  if (source.length === 0) return 'the file is empty';
  const bytes = source.read(0, Math.min(source.length, 4096));
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return FORMATS.find(({ is }) => is(head))?.message;
}
