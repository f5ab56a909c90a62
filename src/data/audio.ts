import { UserError } from '../errors.ts';
import type { Tensor, TensorInfo, TensorType } from '../tensor.ts';
import { convertNumbers } from './convert.ts';
import { refuseLfsPointer } from './lfs.ts';
import { fits, shapeText } from './shape.ts';

/** How clips become one input of a model; a plain value, so that it crosses to a decoding thread. */
export interface AudioPlan {
  input: string;
  type: TensorType;
  dims: TensorInfo['dims'];
  /** The rate in Hz that every file must have. */
  sampleRate: number;
  /** Samples a clip is cut or zero-padded to. */
  length?: number;
}

export interface WavHeader {
  sampleRate: number;
  channels: number;
  bits: number;
  float: boolean;
  /** Samples of one channel. */
  frames: number;
  /** Byte at which the samples begin, channels interleaved. */
  dataAt: number;
}

/**
 * A length from this on stands for one that was not known yet when the header was written to a pipe: SoX writes this one, arecord 2 GiB,
 * ffmpeg the largest number.
 */
const streamedLength = 0x7ffff000;

/**
 * Reads the header of a RIFF/WAVE file.
 *
 * @param size bytes of the whole file, where `bytes` is only its beginning
 * @throws UserError naming `file` where it is not PCM or float WAV
 * Source: Microsoft, Multimedia Programming Interface 1.0 (RIFF), and WAVEFORMATEXTENSIBLE.
 */
export function readWavHeader(bytes: Uint8Array, file: string, size = bytes.length): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  refuseLfsPointer(bytes, file, 'audio');
  if (text(0, 4) !== 'RIFF' || text(8, 4) !== 'WAVE') {
    throw new UserError(`${file} is not a .wav file (RIFF/WAVE); convert it, for instance with ffmpeg or sox.`);
  }
  let format: Omit<WavHeader, 'frames' | 'dataAt'> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (text(at, 4) === 'fmt ' && at + 24 <= bytes.length) {
      const tag = view.getUint16(at + 8, true);
      // WAVE_FORMAT_EXTENSIBLE holds the real tag in the first two bytes of its sub-format.
      const code = tag === 0xfffe && at + 34 <= bytes.length ? view.getUint16(at + 32, true) : tag;
      const bits = view.getUint16(at + 22, true);
      if (!(code === 1 && [8, 16, 24, 32].includes(bits)) && !(code === 3 && [32, 64].includes(bits))) {
        throw new UserError(
          `${file}: WAV format ${code} with ${bits} bits is not supported; use PCM of 8, 16, 24 or 32 bits, or float of 32 or 64.`,
        );
      }
      const channels = view.getUint16(at + 10, true);
      if (channels === 0) throw new UserError(`${file}: its header says 0 channels; it is damaged.`);
      format = {
        channels,
        sampleRate: view.getUint32(at + 12, true),
        bits,
        float: code === 3,
      };
    }
    if (text(at, 4) === 'data') {
      if (!format) break;
      const left = size - (at + 8);
      if (length > left && length < streamedLength) {
        throw new UserError(`${file} is cut off: ${length - left} bytes of sound are missing. Copy it again.`);
      }
      const frames = Math.floor(Math.min(length, left) / (format.channels * (format.bits / 8)));
      if (frames === 0) throw new UserError(`${file} holds no sound (0 samples).`);
      return { ...format, frames, dataAt: at + 8 };
    }
    at += 8 + length + (length & 1);
  }
  throw new UserError(`${file}: this .wav has no ${format ? 'data' : 'fmt'} chunk; it is damaged.`);
}

/** @throws UserError where the clip's rate or length does not fit */
export function checkWav({ sampleRate, frames }: WavHeader, plan: AudioPlan, file: string): void {
  if (sampleRate !== plan.sampleRate) {
    throw new UserError(
      `${file} has ${sampleRate} Hz, expected ${plan.sampleRate} Hz; resample it (no rate is converted silently).`,
    );
  }
  const length = plan.length ?? frames;
  if (!fits(audioShape(plan, length), plan.dims)) {
    const fixed = plan.dims.at(-1);
    throw new UserError(
      `${file} gives ${shapeText(audioShape(plan, length))}, but the model's input "${plan.input}" is ${shapeText(plan.dims)}. ` +
        (typeof fixed === 'number' ? `Set \`length: ${fixed}\`: clips are cut or padded with zeros to it.` : ''),
    );
  }
}

/**
 * A clip -> float samples in [-1, 1): integers over 2^(bits - 1), several channels averaged.
 *
 * @returns [1, samples], or [1, 1, samples] and [samples] for inputs of those ranks
 */
export function decodeAudio(bytes: Uint8Array, plan: AudioPlan, file: string): Tensor {
  const header = readWavHeader(bytes, file);
  checkWav(header, plan, file);
  const length = plan.length ?? header.frames;
  const samples = new Float64Array(length);
  const { channels, dataAt } = header;
  const bytesPerSample = header.bits / 8;
  const scale = (header.float ? 1 : 2 ** (header.bits - 1)) * channels;
  const read = sampleReader(bytes, header);
  for (let at = 0; at < Math.min(length, header.frames); at++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += read(dataAt + (at * channels + channel) * bytesPerSample);
    samples[at] = sum / scale;
  }
  return {
    type: plan.type,
    dims: audioShape(plan, length),
    data: convertNumbers(samples, plan.type, (at) => `${file}, sample ${at}`),
  };
}

function audioShape({ dims }: AudioPlan, length: number): number[] {
  return dims.length === 1 ? [length] : [...dims.slice(1).map(() => 1), length];
}

function sampleReader(bytes: Uint8Array, { bits, float }: WavHeader): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (float) return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  // 8-bit WAV is unsigned, all others are signed.
  if (bits === 8) return (at) => view.getUint8(at) - 128;
  if (bits === 16) return (at) => view.getInt16(at, true);
  if (bits === 24) return (at) => view.getUint16(at, true) + view.getInt8(at + 2) * 65536;
  return (at) => view.getInt32(at, true);
}
