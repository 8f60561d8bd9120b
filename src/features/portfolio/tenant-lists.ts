import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { PageArgs, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { asOfDescription, readMoment, validAtDescription } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { contacts, notes, opportunities, tickets, type AccountRecord, type RecordRow } from '../accounts/index.ts';
import { SignalConnection, SignalFilter, signalsOfTenant, type SignalRow } from '../signals/index.ts';

/** The list of a kind of record across all accounts of the tenant. */
function tenantList(record: AccountRecord): new () => object {
  @Resolver()
  class OfTenant {
    @Query(() => record.ConnectionClass, { description: `The tenant's ${record.plural}, of all accounts.` })
    [record.plural](
      @Ctx() call: Call,
      @Args(() => PageArgs) page: PageArgs,
      @Arg('filter', () => record.FilterClass, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: Record<string, unknown> | null,
      @Arg('orderBy', () => record.OrderClass, { nullable: true, description: 'In which order.' }) orderBy?: OrderBy | null,
      @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
      @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
    ): Promise<Page<RecordRow>> {
      return record.page(call, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, readMoment(call, { asOf, validAt }));
    }
  }
  return OfTenant;
}

/** The signals across all accounts. */
@Resolver()
class SignalsOfTenant {
  @Query(() => SignalConnection, { description: 'The tenant\'s signals, of all accounts that are not retired, the one recorded last first.' })
  signals(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => SignalFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: SignalFilter | null,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
  ): Promise<Page<SignalRow>> {
    return signalsOfTenant(call, { ...page, filter: filter ?? null }, readMoment(call, { asOf, validAt }));
  }
}

/** The kinds of records that are listed across accounts. */
export const tenantListResolvers: readonly (new () => object)[] = [...[contacts, opportunities, tickets, notes].map(tenantList), SignalsOfTenant];
