import { GraphQLInt } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Float, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { Account, accountById, kpis, type AccountRow, type RecordRow } from '../accounts/index.ts';
import { ChainBudget, costOfChain, costOfGraph, directLineage, LineageBudget, LineageGraph, LineageNode, type DirectDerivation, type LineageNodeRow } from '../lineage/index.ts';
import type { JudgedKpi } from './assess-health.ts';
import { judge, type JudgementInModel } from './assessment.ts';
import { healthCategories, HealthCategory, KpiStatus } from './enums.ts';
import { accountHealthLineage, healthRule, healthTrendLineage, kpiLineage } from './health-lineage-kinds.ts';
import type { HealthModel } from './health-model.ts';
import { currentHealthModel, healthModelByVersion, healthModelInForce } from './health-model.queries.ts';
import { mayPublishHealthModels } from './health.policy.ts';
import { healthOfAccount } from './health.queries.ts';
import { AccountHealth, HealthCategoryScore, HealthModelInput, HealthModelType, KpiRuleType, PublishHealthModelResult, type HealthCategoryRow, type HealthRow } from './health.type.ts';
import { publishHealthModel } from './publish-health-model.ts';

/** The health of an account. */
@Resolver(() => Account)
export class HealthOfAccountResolver {
  @FieldResolver(() => AccountHealth, { description: 'How well the account does, as known at the instant read for.' })
  health(@Root() account: AccountRow, @Ctx() call: Call): Promise<HealthRow> {
    return ask(call, healthOfAccount, account.asOf, account.uuid);
  }
}

/** What hangs on an account's health. */
@Resolver(() => AccountHealth)
export class AccountHealthResolver {
  @FieldResolver(() => Account, { description: 'The account.' })
  account(@Root() health: HealthRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, health.asOf, health.assessment.accountId);
  }

  @Derived()
  @FieldResolver(() => [HealthCategoryScore], { description: 'Its five categories, each with what it is made of.' })
  categories(@Root() health: HealthRow): HealthCategoryRow[] {
    const { categories, weights } = health.assessment;
    return healthCategories.map((category) => ({ category, score: categories[category], weight: weights[category], health }));
  }

  @FieldResolver(() => LineageGraph, { complexity: costOfGraph as never, description: 'What it was computed from at this reading: the trend, if any, and every KPI, with the rule and the version of the health model. What derives from it is answered by the query `lineage`.' })
  lineage(@Root() health: HealthRow, @Args(() => LineageBudget) budget: LineageBudget): LineageGraph {
    return directLineage(derivationOf(health), budget, health.asOf);
  }

  @FieldResolver(() => [LineageNode], { complexity: costOfChain as never, description: 'What it was computed from at this reading, and last itself.' })
  derivationChain(@Root() health: HealthRow, @Args(() => ChainBudget) budget: ChainBudget): readonly LineageNodeRow[] {
    return directLineage(derivationOf(health), budget, health.asOf).nodes;
  }
}

/** What an account's health is computed from at a reading. */
export function derivationOf({ uuid, assessment: { trend, kpis: judged, model } }: HealthRow): DirectDerivation {
  const measured = trend ? [{ kind: healthTrendLineage, id: trend.id, relation: 'MEASURED' }] : [];
  return { kind: accountHealthLineage, id: uuid, sources: [...measured, ...judged.map(({ id }) => ({ kind: kpiLineage, id, relation: 'JUDGED' }))], rule: healthRule(model.version) };
}

/** What a category's score is made of. */
@Resolver(() => HealthCategoryScore)
export class HealthCategoryResolver {
  @FieldResolver(() => [kpis.ObjectClass], { description: 'Its KPIs that can be judged, by parameter: each with its own score and weight. Its score is their mean where `healthSource` is PROXY.' })
  async kpis(@Root() { category, health }: HealthCategoryRow, @Ctx() call: Call): Promise<RecordRow[]> {
    const found = await Promise.all(judgedIn(health, category).map(({ id }) => ask(call, kpis.byId, health.asOf, id)));
    return found.filter((row) => row !== null);
  }

  @FieldResolver(() => LineageGraph, { complexity: costOfGraph as never, description: 'What the score of this category alone was computed from at this reading: the trend, or its KPIs, with the rule and the version of the health model.' })
  lineage(@Root() { category, health }: HealthCategoryRow, @Args(() => LineageBudget) budget: LineageBudget): LineageGraph {
    const whole = derivationOf(health);
    const { trend, categories } = health.assessment;
    const counting: readonly string[] = trend ? (categories[category] === null ? [] : [trend.id]) : judgedIn(health, category).map(({ id }) => id);
    return directLineage({ ...whole, sources: whole.sources.filter(({ id }) => counting.includes(id)) }, budget, health.asOf);
  }
}

function judgedIn({ assessment }: HealthRow, category: HealthCategory): readonly JudgedKpi[] {
  return assessment.kpis.filter((kpi) => kpi.category === category && kpi.score !== null);
}

/** How a KPI stands. */
@Resolver(() => kpis.ObjectClass)
export class KpiStatusResolver {
  @Derived()
  @FieldResolver(() => KpiStatus, { description: 'How it stands against the thresholds of the health model in force at the instant read for.' })
  async status(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<KpiStatus> {
    return (await judgementOf(kpi, call)).status;
  }

  @Derived()
  @Shows('TEXT')
  @FieldResolver(() => String, { description: 'Why it stands so, in a sentence; where it cannot be judged, why not.' })
  async statusBecause(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<string> {
    return (await judgementOf(kpi, call)).because;
  }

  @Derived()
  @FieldResolver(() => Float, { nullable: true, description: 'Its score, 0 to 100, on the lines through the thresholds; null where it cannot be judged.' })
  async score(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<number | null> {
    return (await judgementOf(kpi, call)).score;
  }

  @Derived()
  @FieldResolver(() => HealthCategory, { nullable: true, description: 'Where it counts: its own group if that is one of the model\'s, else what the model says of its parameter; null where neither is known.' })
  async healthCategory(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<HealthCategory | null> {
    return (await judgementOf(kpi, call)).category;
  }

  @FieldResolver(() => Float, { description: 'What it counts there, against the other KPIs of the category; 0 where the model has no thresholds for it.' })
  async weight(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<number> {
    return (await judgementOf(kpi, call)).weight;
  }

  @FieldResolver(() => GraphQLInt, { description: 'The version of the health model that judged it; 0 is the program\'s own.' })
  async modelVersion(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<number> {
    return (await ask(call, currentHealthModel, kpi.asOf, 'in_force')).version;
  }

  @FieldResolver(() => KpiRuleType, { nullable: true, description: 'The rule of that version that it was judged by: its status derives from its own value and this rule alone. Null where the model has none.' })
  async rule(@Root() kpi: RecordRow, @Ctx() call: Call): Promise<KpiRuleType | null> {
    const { rule } = await judgementOf(kpi, call);
    return rule && { ...rule, names: [...rule.names] };
  }
}

async function judgementOf(kpi: RecordRow, call: Call): Promise<JudgementInModel> {
  const model = await ask(call, currentHealthModel, kpi.asOf, 'in_force');
  return judge(model, { parameter: String(kpi['parameter']), value: String(kpi['value']), categoryName: String(kpi['category']) });
}

/** How health is judged. */
@Resolver(() => HealthModelType)
export class HealthModelResolver {
  @Query(() => HealthModelType, { nullable: true, description: 'How the tenant\'s KPIs and accounts are judged; null where there never was that version.' })
  healthModel(
    @Ctx() call: Call,
    @Arg('version', () => GraphQLInt, { nullable: true, description: 'Of this version, from 0 on; the one in force when left out.' }) version?: number | null,
  ): Promise<HealthModel | null> {
    return typeof version === 'number' ? ask(call, healthModelByVersion, null, version) : ask(call, currentHealthModel, null, 'in_force');
  }

  @Mutation(() => PublishHealthModelResult as never, { description: 'Puts a new version of the health model in force; readers see it at once, and a job tells of every account whose health it changes. For administrators.' })
  publishHealthModel(@Ctx() call: Call, @Arg('input', () => HealthModelInput, { description: 'The whole model.' }) input: HealthModelInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayPublishHealthModels, 'publish a health model');
      const published = await call.transact(async (work) => {
        const { trendHorizonDays, minCoverage, ...present } = await healthModelInForce(work, null);
        const categories = input.categories ?? present.categories;
        const rules = input.kpis.map((rule) => ({ scale: null, currency: null, worst: null, best: null, least: null, most: null, plainFrom: null, ...rule }));
        return publishHealthModel(work, { categories: categories.map((each) => ({ ...each })), kpis: rules, trendHorizonDays: input.trendHorizonDays === undefined ? trendHorizonDays : input.trendHorizonDays, minCoverage: input.minCoverage ?? minCoverage });
      });
      return { ...published, __typename: 'HealthModel' };
    });
  }
}
