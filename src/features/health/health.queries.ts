import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import type { Id } from '../../platform/ids.ts';
import { accountById, statedRows } from '../accounts/index.ts';
import { assessUnder, type Assessment } from './assess-health.ts';
import { turnHealthId } from './health-lineage-kinds.ts';
import { currentHealthModel } from './health-model.queries.ts';
import type { HealthRow } from './health.type.ts';

/** The health of an account at the instant read for. */
export const healthOfAccount: Question<string, HealthRow> = {
  name: 'health_of_accounts',
  async load(call, accountIds, asOf) {
    const model = await ask(call, currentHealthModel, asOf, 'in_force');
    const given = asOf === null ? new Map<string, string>() : await statedRows(call, asOf, ['kpi', 'product', 'health_trend'], { accountIds });
    const assessed = await assessUnder(call.read, model, { accountIds: accountIds as readonly Id<'Account'>[], at: asOf, given, now: call.clock.now().toISOString() });
    return accountIds.map((id) => {
      const assessment = assessed.get(id as Id<'Account'>);
      if (!assessment) throw new Error('an account was not assessed');
      return toHealth(assessment, asOf);
    });
  },
};

function toHealth(assessment: Assessment, asOf: AsOf): HealthRow {
  const { accountId, overall, partial, coverage, categories, source, sourceReason, asOf: healthAsOf, model, counts, reasons } = assessment;
  const row = {
    uuid: turnHealthId<'AccountHealth'>(accountId),
    overallScore: overall,
    partialScore: partial,
    coverage,
    productUsageScore: categories.PRODUCT_USAGE,
    supportScore: categories.SUPPORT,
    customerSentimentScore: categories.CUSTOMER_SENTIMENT,
    businessOutcomesScore: categories.BUSINESS_OUTCOMES,
    relationshipStrengthScore: categories.RELATIONSHIP_STRENGTH,
    healthSource: source,
    healthSourceReason: sourceReason,
    healthAsOf,
    modelVersion: model.version,
    kpiCounts: counts,
    reasons,
    assessment,
  };
  return asNode('AccountHealth', row, asOf);
}

/** The health of its own id; null where the tenant has no such account. */
export async function healthById(call: Call, uuid: string, asOf: AsOf): Promise<HealthRow | null> {
  const accountId = turnHealthId<'Account'>(uuid);
  return (await ask(call, accountById, asOf, accountId)) ? ask(call, healthOfAccount, asOf, accountId) : null;
}
