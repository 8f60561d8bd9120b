import { totalmem } from 'node:os';

const megabyte = 1_048_576;
/** Bounds of shared buffers in MB: the least is PostgreSQL's default; more than the most gains little on one machine. */
const bounds = { least: 128, most: 1_024 } as const;

/** The memory that this process and its children may use, in bytes: of the machine, or of its container where that is less. */
export function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * PostgreSQL's memory settings for a machine: shared buffers are an eighth of its memory, since the program runs beside the
 * server; half of the memory counts as cache. Buffers are reserved at the start and use memory only once they hold a page.
 */
export function memorySettings(bytes = usableMemory()): { readonly shared_buffers: string; readonly effective_cache_size: string } {
  const buffers = Math.floor(Math.min(bounds.most, Math.max(bounds.least, bytes / 8 / megabyte)));
  return { shared_buffers: `${buffers}MB`, effective_cache_size: `${Math.max(2 * buffers, Math.floor(bytes / 2 / megabyte))}MB` };
}
