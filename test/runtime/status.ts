import { readFileSync } from 'node:fs';

/** A field of /proc/<pid>/status. */
export function statusField(pid: number, field: string): string | undefined {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
