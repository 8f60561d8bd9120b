import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { wantedOf } from '../../platform/graphql/needs.ts';
import { asOfDescription, readMoment, validAtDescription } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { readList } from '../../platform/page/list.ts';
import { toAccount, type AccountRow, type RawAccount } from '../accounts/index.ts';
import { AccountConnection, AccountFilter, accountListOf, AccountOrder } from './account-list.ts';
import { checkAccountFilter } from './check-account-filter.ts';

/** The tenant's accounts. */
@Resolver()
export class PortfolioResolver {
  @Query(() => AccountConnection, { description: 'The tenant\'s accounts.' })
  async accounts(
    @Ctx() call: Call,
    @Info() info: GraphQLResolveInfo,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AccountFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: AccountFilter | null,
    @Arg('orderBy', () => AccountOrder, { nullable: true, description: 'In which order; by name when left out.' }) orderBy?: AccountOrder | null,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
  ): Promise<Page<AccountRow>> {
    checkAccountFilter(filter);
    const moment = readMoment(call, { asOf, validAt });
    const raw = await readList<RawAccount & { sortValue: string }, AccountFilter>(call, accountListOf(call), { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, moment, wantedOf(info, 'Account'));
    for (const edge of raw.edges) toAccount(edge.node, call, moment);
    return raw as unknown as Page<AccountRow>;
  }
}
