import { ask, type Call } from '../../platform/graphql/call.ts';
import { accountById } from '../accounts/index.ts';
import { intentOfAccount } from '../scoring/index.ts';
import type { ConsiderationReason } from './consideration.enums.ts';
import { considerationsOfTenant } from './consideration.queries.ts';

/** An account that is high and not proposed, flat, for callers who do not use the graph. */
export interface ConsideredAccount {
  readonly id: string;
  readonly account: { readonly id: string; readonly name: string } | null;
  readonly intentScore: number | null;
  readonly reason: ConsiderationReason;
  readonly explanation: string;
  readonly since: string;
  readonly retryAt: string | null;
}

/** A page of the accounts that are high and not proposed, the longest held back first. */
export async function consideredAccounts(call: Call, { reasons, ...page }: { readonly first: number; readonly after: string | null; readonly reasons: ConsiderationReason[] | null }): Promise<{ considerations: ConsideredAccount[]; nextCursor: string | null }> {
  const { edges, pageInfo } = await considerationsOfTenant(call, { ...page, filter: { reasons } });
  const considerations = await Promise.all(edges.map(async ({ node }): Promise<ConsideredAccount> => {
    const { id, accountId, reason, explanation, since, retryAt } = node;
    const [account, intent] = await Promise.all([ask(call, accountById, null, accountId), ask(call, intentOfAccount, null, accountId)]);
    return { id, account: account && { id: account.id, name: account.name }, intentScore: intent?.value ?? null, reason, explanation, since, retryAt };
  }));
  return { considerations, nextCursor: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}
