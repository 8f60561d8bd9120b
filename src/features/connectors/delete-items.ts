import { NotFound } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { UpsertResult } from '../accounts/index.ts';
import type { ReadDeletion } from './connector.ts';

/** Retires what sources ended. */
export async function deleteItems(_work: Work, _seal: Seal, deletions: readonly ReadDeletion[]): Promise<readonly { readonly path: readonly string[]; readonly result: UpsertResult }[]> {
  return deletions.map(({ path }) => ({ path, result: new NotFound('There is no such record.', path) }));
}
