import { GraphQLInt } from 'graphql';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { day, instant, label, money, real, text } from './columns.ts';
import { currentStages, namedStage, StageKind, stageKindSql } from '../stages/index.ts';
import { accountRecord, anyOf, type RecordRow } from './record.ts';

/** Deals, from the CRM. */
export const opportunities = accountRecord({
  type: 'Opportunity',
  plural: 'opportunities',
  description: 'A deal with the account, as the CRM knows it.',
  table: 'opportunity',
  namedBy: 'name',
  columns: {
    name: label('What the deal is called; what its source calls it as a reference until it is named.', { required: true }),
    stage: label('Its stage, as the CRM names it.', { required: true }),
    amount: money('Its size; null when unknown.'),
    closeDate: day('When it is expected to close; null when unknown.'),
    probability: real(0, 1)('How likely it is to be won, 0 to 1; null when unknown.'),
    nextStep: text('What happens next; null when nothing is planned.'),
    stageSince: instant('When it entered its stage, UTC; null when unknown.'),
  },
  occurredAt: { description: 'When this state of the deal was true.', required: false },
  orders: {
    CLOSE_DATE: { by: `coalesce(t.close_date, 'infinity')`, type: 'date', description: 'By the expected close; unknown ones are latest.' },
    AMOUNT: { by: 'coalesce(t.amount_minor, -999999999999999999)', type: 'int8', description: 'By amount in minor units, whatever the currency; unknown ones are smallest.' },
  },
  defaultOrder: { field: 'CLOSE_DATE', direction: OrderDirection.ASC },
  filters: {
    stages: anyOf('stage', 'In one of these stages.'),
    stageKinds: { description: 'In a stage of one of these kinds.', type: () => StageKind, list: true, sql: (values, bind, table) => `${stageKindSql('t.stage', table)} = any(${bind(values, 'text[]')})` },
    currencies: anyOf('amount_currency', 'With an amount in one of these currencies (ISO 4217). Amounts are comparable within one currency only.'),
  },
});

const dayInMilliseconds = 86_400_000;

/** What is computed of a deal when it is read. */
@Resolver(() => opportunities.ObjectClass)
export class OpportunityResolver {
  @Needs('stageSince')
  @FieldResolver(() => GraphQLInt, {
    nullable: true,
    description: 'Whole UTC days since it entered its stage, as of the instant read for, never negative; null when that is unknown.',
  })
  daysInStage(@Root() row: RecordRow, @Ctx() call: Call): number | null {
    if (typeof row['stageSince'] !== 'string') return null;
    const at = row.asOf === null ? call.clock.now().getTime() : Date.parse(row.asOf.at);
    const days = Math.floor(at / dayInMilliseconds) - Math.floor(Date.parse(row['stageSince']) / dayInMilliseconds);
    return Math.max(0, days);
  }

  @Needs('stage')
  @FieldResolver(() => StageKind, { description: 'What its stage means by the stage catalogue, as of the instant read for.' })
  async stageKind(@Root() row: RecordRow, @Ctx() call: Call): Promise<StageKind> {
    const stages = await ask(call, currentStages, row.asOf, 'in_force');
    return namedStage(stages, String(row['stage']))?.kind ?? 'UNKNOWN';
  }
}
