import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../../platform/graphql/connection.ts';
import { Needs } from '../../../platform/graphql/needs.ts';
import { toUserError } from '../../../platform/graphql/user-error.ts';
import { requireRole } from '../../access/index.ts';
import { Account, accountById, accountIdOf, type AccountRow } from '../../accounts/index.ts';
import { BudgetIsExhausted } from '../errors.ts';
import { mayEnrichAccounts } from '../enrichment.roles.ts';
import { requestEnrichment } from '../request-enrichment.ts';
import { budgetOfAccount, enrichmentById, enrichmentsOfAccount, fieldsOfEnrichment } from './enrichment.queries.ts';
import { EnrichAccountInput, EnrichAccountResult, EnrichedField, Enrichment, EnrichmentBudget, EnrichmentConnection, type EnrichmentRow } from './enrichment.type.ts';

const dollars = (amountMinor: number) => ({ amountMinor, currency: 'USD' });

/** Enrichments and their budget, on the account that they are of. */
@Resolver(() => Account)
export class EnrichmentsOfAccountResolver {
  @Needs()
  @FieldResolver(() => EnrichmentConnection, { description: 'Its enrichments, the latest first.' })
  enrichments(@Root() { uuid, asOf }: AccountRow, @Ctx() call: Call, @Args(() => PageArgs) page: PageArgs): Promise<Page<EnrichmentRow>> {
    return enrichmentsOfAccount.page(call, uuid, { ...page }, asOf);
  }

  @Needs()
  @FieldResolver(() => EnrichmentBudget, { description: 'What its enrichments may cost in the calendar month (UTC) of the instant read for, and what is used.' })
  async enrichmentBudget(@Root() { uuid, asOf }: AccountRow, @Ctx() call: Call): Promise<EnrichmentBudget> {
    const { month, limitMinor, spentMinor, reservedMinor } = await ask(call, budgetOfAccount, asOf, uuid);
    return { month, limit: dollars(limitMinor), spent: dollars(spentMinor), reserved: dollars(reservedMinor) };
  }
}

/** What hangs on an enrichment, and how one is requested. */
@Resolver(() => Enrichment)
export class EnrichmentResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account; null once it is retired.' })
  account(@Root() { accountId, asOf }: EnrichmentRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, asOf, accountId);
  }

  @FieldResolver(() => [EnrichedField], { description: 'The values that were taken; empty while it is under way. Values about a person are gone once they were erased.' })
  fields(@Root() enrichment: EnrichmentRow, @Ctx() call: Call): Promise<EnrichedField[]> {
    return fieldsOfEnrichment(call, enrichment);
  }

  @Mutation(() => EnrichAccountResult as never, { description: 'Reserves the price of a call from the account\'s budget and has a job call the provider. While an enrichment of the account is under way, returns that one. Requires the analyst, approver, agent or admin role.' })
  async enrichAccount(@Ctx() call: Call, @Arg('input', () => EnrichAccountInput, { description: 'Which account.' }) { accountId }: EnrichAccountInput): Promise<object | null> {
    try {
      requireRole(call, mayEnrichAccounts, 'enrich accounts');
      const { id } = await call.transact((work) => requestEnrichment(work, { accountId: accountIdOf(accountId, ['input', 'accountId']), trigger: 'MANUAL', contextQuality: null }));
      return await ask(call, enrichmentById, null, id);
    } catch (error) {
      const expected = toUserError(error);
      if (!expected) throw error;
      return error instanceof BudgetIsExhausted ? { ...expected, __typename: 'BudgetExhausted', remaining: dollars(error.remainingMinor) } : expected;
    }
  }
}
