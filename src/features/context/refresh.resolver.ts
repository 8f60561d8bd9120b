import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { Account, accountById, accountIdOf, type AccountRow } from '../accounts/index.ts';
import { mayRefreshContext } from './context.policy.ts';
import { refreshById } from './refresh.queries.ts';
import { ContextRefresh, RefreshContextInput, RefreshContextResult, type ContextRefreshRow } from './refresh.type.ts';
import { startRefresh } from './start-refresh.ts';

/** Jobs that fetch contexts. */
@Resolver(() => ContextRefresh)
export class ContextRefreshResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account whose context it fetches.' })
  account(@Root() { accountId }: ContextRefreshRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, null, accountId);
  }

  @Mutation(() => RefreshContextResult as never, { description: 'Starts a job that fetches every section of an account\'s context from its source, derives its values again and caches it. Read the job by `node`; `contextUpdated` tells when it is done. While one runs for the account, returns that one. Requires the analyst, approver, agent or admin role.' })
  refreshContext(@Ctx() call: Call, @Arg('input', () => RefreshContextInput, { description: 'Whose context to fetch.' }) { accountId }: RefreshContextInput): Promise<object | null> {
    return typedResult(async () => {
      requireRole(call, mayRefreshContext, 'refresh contexts');
      const id = await call.transact((work) => startRefresh(work, accountIdOf(accountId, ['input', 'accountId'])));
      return ask(call, refreshById, null, id);
    });
  }
}
