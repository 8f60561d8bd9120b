import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Account, accountById, type AccountRow } from '../accounts/index.ts';
import { Intent, intentOfAccount } from '../scoring/index.ts';
import { considerationOfAccount, considerationsOfTenant } from './consideration.queries.ts';
import { Consideration, ConsiderationConnection, ConsiderationFilter, ConsiderationOrder, type ConsiderationRow } from './consideration.type.ts';

/** Accounts that are high and not proposed. */
@Resolver(() => Consideration)
export class ConsiderationResolver {
  @Query(() => ConsiderationConnection, { description: 'The accounts whose intent is high and for which the program proposes no action, with the reason; the longest held back first.' })
  considerations(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ConsiderationFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ConsiderationFilter | null,
    @Arg('orderBy', () => ConsiderationOrder, { nullable: true, description: 'In which order; by `since` when left out.' }) orderBy?: ConsiderationOrder | null,
  ): Promise<Page<ConsiderationRow>> {
    return considerationsOfTenant(call, { ...page, filter: filter ?? null, orderBy: orderBy ?? null });
  }

  @FieldResolver(() => Account, { description: 'The account.' })
  account(@Root() row: ConsiderationRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, row.asOf, row.accountId);
  }

  @FieldResolver(() => Intent, { description: 'The account\'s intent score, computed for the instant read for.' })
  async intent(@Root() row: ConsiderationRow, @Ctx() call: Call): Promise<object> {
    return (await ask(call, intentOfAccount, row.asOf, row.accountId)) ?? { __typename: 'NoScore', reason: 'NO_SCORE' };
  }
}

/** The consideration of an account. */
@Resolver(() => Account)
export class ConsiderationOfAccountResolver {
  @FieldResolver(() => Consideration, { nullable: true, description: 'Why the program proposes no action although intent is high; null when intent is not high or an action is under way.' })
  consideration(@Root() account: AccountRow, @Ctx() call: Call): Promise<ConsiderationRow | null> {
    return ask(call, considerationOfAccount, account.asOf, account.uuid);
  }
}
