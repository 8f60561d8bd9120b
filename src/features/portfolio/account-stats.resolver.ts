import { Arg, Ctx, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { AsOf, Call } from '../../platform/graphql/call.ts';
import { Money } from '../../platform/graphql/money.ts';
import { asOfDescription, readMoment, validAtDescription } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { aggregateList } from '../../platform/page/list.ts';
import { maskRow } from '../access/index.ts';
import { personTexts, type Person } from '../accounts/index.ts';
import { modelInForce } from '../scoring/index.ts';
import { AccountFilter, accountListOf } from './account-list.ts';
import { AccountOwnerCount, AccountStatusCount, AccountTierCount, IntentBandCount, LifecycleStageCount, PipelineStage } from './account-stats.type.ts';
import { checkAccountFilter } from './check-account-filter.ts';

/** Figures over accounts; each is computed when it is selected. */
@ObjectType('AccountStats', { description: 'Figures over the accounts that a filter lets through. Each is counted when it is selected, at the instant of the request or at `asOf`.' })
export class AccountStats {}

interface StatsRow {
  readonly filter: AccountFilter | null;
  readonly asOf: AsOf;
}

/** The most owners and stages that are counted one by one. */
const mostGroups = 100;

/** Figures over the tenant's accounts. */
@Resolver(() => AccountStats)
export class AccountStatsResolver {
  @Query(() => AccountStats, { description: 'Figures over the tenant\'s accounts: counts and sums.' })
  accountStats(
    @Ctx() call: Call,
    @Arg('filter', () => AccountFilter, { nullable: true, description: 'Over which accounts; all of the tenant when left out.' }) filter?: AccountFilter | null,
    @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
  ): StatsRow {
    checkAccountFilter(filter);
    return { filter: filter ?? null, asOf: readMoment(call, { asOf, validAt }) };
  }

  @FieldResolver(() => Int, { description: 'How many accounts.' })
  async count(@Root() stats: StatsRow, @Ctx() call: Call): Promise<number> {
    const [row] = await aggregateList<{ count: number }, AccountFilter>(call, accountListOf(call), stats, { name: 'account_stats_count', select: () => 'count(*)::int as count' });
    return row?.count ?? 0;
  }

  @FieldResolver(() => [AccountStatusCount], { description: 'By status, most accounts first.' })
  byStatus(@Root() stats: StatsRow, @Ctx() call: Call): Promise<AccountStatusCount[]> {
    return aggregateList(call, accountListOf(call), stats, { name: 'account_stats_by_status', select: () => 't.status, count(*)::int as count', tail: 'group by t.status order by count desc, t.status' });
  }

  @FieldResolver(() => [AccountTierCount], { description: 'By tier, most accounts first; at most 100 tiers.' })
  byTier(@Root() stats: StatsRow, @Ctx() call: Call): Promise<AccountTierCount[]> {
    return aggregateList(call, accountListOf(call), stats, { name: 'account_stats_by_tier', select: () => 't.tier, count(*)::int as count', tail: `group by t.tier order by count desc, t.tier limit ${mostGroups}` });
  }

  @FieldResolver(() => [LifecycleStageCount], { description: 'By lifecycle stage, most accounts first.' })
  byLifecycleStage(@Root() stats: StatsRow, @Ctx() call: Call): Promise<LifecycleStageCount[]> {
    const select = (): string => 't.lifecycle_stage as "lifecycleStage", count(*)::int as count';
    return aggregateList(call, accountListOf(call), stats, { name: 'account_stats_by_lifecycle', select, tail: 'group by t.lifecycle_stage order by count desc, t.lifecycle_stage' });
  }

  @FieldResolver(() => [IntentBandCount], { description: 'By intent band: HIGH, MEDIUM, LOW, then accounts that were never scored. By stored scores, which are at most half a point above the scores at this instant.' })
  async byIntentBand(@Root() stats: StatsRow, @Ctx() call: Call): Promise<IntentBandCount[]> {
    const { highIntentThreshold, mediumShare } = await modelInForce(call.read, call.tenantId, stats.asOf);
    return aggregateList<IntentBandCount, AccountFilter>(call, accountListOf(call), stats, {
      name: 'account_stats_by_band',
      select: (bind) => `case when scored.intent_score is null then null when scored.intent_score >= ${bind(highIntentThreshold, 'float8')} then 'HIGH'
        when scored.intent_score >= ${bind(highIntentThreshold * mediumShare, 'float8')} then 'MEDIUM' else 'LOW' end as band, count(*)::int as count`,
      join: (table) => `left join ${table('account_contexts')} scored on scored.tenant_id = t.tenant_id and scored.account_id = t.id`,
      joined: ['account_contexts'],
      tail: 'group by 1 order by min(scored.intent_score) desc nulls last',
    });
  }

  @FieldResolver(() => [AccountOwnerCount], { description: 'By owner, most accounts first; at most 100 owners.' })
  async byOwner(@Root() stats: StatsRow, @Ctx() call: Call): Promise<AccountOwnerCount[]> {
    const rows = await aggregateList<{ name: string | null; email: string | null; count: number }, AccountFilter>(call, accountListOf(call), stats, {
      name: 'account_stats_by_owner',
      select: () => 'min(t.owner_name) as name, lower(t.owner_email) as email, count(*)::int as count',
      tail: `group by lower(t.owner_email), case when t.owner_email is null then t.owner_name end order by count desc, 2, 1 limit ${mostGroups}`,
    });
    return rows.map(({ name, email, count }) => ({ owner: name === null ? null : maskRow(call, { name, email } satisfies Person, personTexts), count }));
  }

  @FieldResolver(() => [PipelineStage], { description: 'The open deals of the accounts, by stage, most deals first; at most 100 stages.' })
  async openPipeline(@Root() stats: StatsRow, @Ctx() call: Call): Promise<PipelineStage[]> {
    const rows = await aggregateList<{ stage: string; currency: string | null; count: number; amountMinor: string | null }, AccountFilter>(call, accountListOf(call), stats, {
      name: 'account_stats_pipeline',
      select: () => 'o.stage, o.amount_currency as currency, count(*)::int as count, sum(o.amount_minor)::text as "amountMinor"',
      join: (table) => `join ${table('opportunity')} o on o.tenant_id = t.tenant_id and o.account_id = t.id and stage_kind(o.stage) = 'OPEN'`,
      joined: ['opportunity'],
      tail: 'group by o.stage, o.amount_currency order by o.stage, o.amount_currency limit 2000',
    });
    const stages = [...Map.groupBy(rows, ({ stage }) => stage)].map(([stage, own]) => ({
      stage,
      count: own.reduce((sum, { count }) => sum + count, 0),
      amounts: own.flatMap(({ currency, amountMinor }) => (currency === null || amountMinor === null ? [] : [exactSum(amountMinor, currency)])),
    }));
    return stages.toSorted((one, other) => other.count - one.count || (one.stage < other.stage ? -1 : 1)).slice(0, mostGroups);
  }
}

function exactSum(amountMinor: string, currency: string): Money {
  const sum = Number(amountMinor);
  if (!Number.isSafeInteger(sum)) throw new InvalidInput(`The sum in ${currency} is beyond 2^53 minor units. Narrow the filter.`, ['filter']);
  return Object.assign(new Money(), { amountMinor: sum, currency });
}
