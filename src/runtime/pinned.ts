import pinnedJson from './pinned.json' with { type: 'json' };

/** The onnxruntime-node that this program is built for; scripts/pin-runtime.mjs writes pinned.json. */
export interface PinnedRuntime {
  name: string;
  version: string;
  /** Of the registry's tarball: `sha512-<base64>`. */
  integrity: string;
  /** `linux-x64` -> native file -> sha256 in hexadecimal. */
  platforms: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const pinned: PinnedRuntime = pinnedJson;
export const thisPlatform = `${process.platform}-${process.arch}`;
export const bindingFile = 'onnxruntime_binding.node';
