import { InvalidInput } from '../../../platform/errors.ts';
import { joinReadings, type Reading } from '../reading.ts';

/** Reads an object that was fetched. One of another shape than the vendor documents is said to be so, and holds up no others. */
export function readFetched(path: readonly string[], read: () => Partial<Reading>): Reading {
  try {
    return joinReadings([read()]);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return joinReadings([{ ignored: [{ reason: 'UNREADABLE', message: error.message, path: [...path, ...error.inputPath] }] }]);
  }
}

/** The later of when a vendor says that an object was modified, and when its events say so. Instants are of one form. */
export function laterOf(modified: string, changedAt: string | null | undefined): string {
  return changedAt !== null && changedAt !== undefined && changedAt > modified ? changedAt : modified;
}
