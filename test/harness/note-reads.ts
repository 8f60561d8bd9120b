import type { Database } from '../../src/platform/postgres/database.ts';
import type { Read } from '../../src/platform/postgres/read.ts';

/** Adds each read that is opened from now on to a list, so that a test sees which statements it asked. Returns how to stop. */
export function noteReads(database: Database, reads: Read[]): () => void {
  const { read: open } = database;
  database.read = (tenantId) => {
    const read = open(tenantId);
    reads.push(read);
    return read;
  };
  return () => void (database.read = open);
}
