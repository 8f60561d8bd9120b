import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { retireByReference } from '../accounts/index.ts';
import { placeIn, type ReadDeletion } from './reading.ts';

/** Retires what sources ended; also what no source has described yet. Returns the global ids, in order. Throws `InvalidInput` with the place in the body. */
export async function deleteItems(work: Work, seal: Seal, deletions: readonly ReadDeletion[]): Promise<readonly { readonly path: readonly string[]; readonly id: string }[]> {
  if (deletions.length === 0) return [];
  const ids = await retireByReference(work, seal, deletions).catch((error: unknown) => {
    throw error instanceof InvalidInput ? relocated(error, deletions) : error;
  });
  return deletions.map(({ path }, index) => ({ path, id: ids[index] ?? '' }));
}

/** Faults name a deletion by its number among all; in the body it may be elsewhere. */
function relocated({ message, inputPath: [, number = '', ...rest] }: InvalidInput, deletions: readonly ReadDeletion[]): InvalidInput {
  return new InvalidInput(message, placeIn(deletions[Number(number)] ?? { path: [] }, rest));
}
