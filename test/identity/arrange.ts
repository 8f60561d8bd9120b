import type { Role } from '../../src/features/access/index.ts';
import { dataOf, type Arranged } from '../accounts/arrange.ts';

/** What merging or unmerging answers. */
export interface MergeAnswer {
  readonly __typename: string;
  readonly id: string;
  readonly undoneAt: string | null;
  readonly code?: string;
  readonly path?: readonly string[];
}

/** Merges and unmerges as a caller does, by the tenant's GraphQL. */
export function merging(program: Arranged, kind: 'Account' | 'Contact') {
  const send = async (field: string, input: Record<string, unknown>, options: { role?: Role; token?: string } = {}): Promise<MergeAnswer> => {
    const query = `mutation($input: ${field.startsWith('un') ? 'UnmergeInput' : 'MergeInput'}!) { made: ${field}(input: $input) { __typename
      ... on ${kind}Merge { id into { id externalRefs { id } } from { id } reason mergedAt mergedBy { id kind } undoneAt undoneBy { id } undoReason } ... on UserError { message code path } } }`;
    return dataOf(await program.query<{ made: MergeAnswer }, Record<string, unknown>>(query, { input }, { role: 'analyst', ...options })).made;
  };
  return {
    merge: (intoId: string, fromId: string, options?: { role?: Role; token?: string }) => send(`merge${kind}s`, { intoId, fromId, reason: null }, options),
    unmerge: (mergeId: string, options?: { role?: Role; token?: string }) => send(`unmerge${kind}s`, { mergeId, reason: null }, options),
    send,
  };
}
