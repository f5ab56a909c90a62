const durationUnits = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const sizeUnits = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

export const durationPattern = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/;
export const sizePattern = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)$/;

/** `20ms`, `90s`, `10m`, `2h` -> milliseconds; undefined where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text.trim());
  return match ? Number(match[1]) * durationUnits[match[2] as keyof typeof durationUnits] : undefined;
}

/** `4MB`, `512KiB` -> bytes; undefined where it is none of these. */
export function parseSize(text: string): number | undefined {
  const match = sizePattern.exec(text.trim());
  return match
    ? Number(match[1]) * sizeUnits[(match[2] === 'KB' ? 'kB' : match[2]) as keyof typeof sizeUnits]
    : undefined;
}
