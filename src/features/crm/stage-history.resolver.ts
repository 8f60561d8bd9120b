import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { maskRow } from '../access/index.ts';
import { opportunities, type RecordRow } from '../accounts/index.ts';
import { currentStages, namedStage, StageKind } from '../stages/index.ts';
import { stageEntries, type StageEntry } from './stage-entries.ts';
import { stageStatements } from './stage-statements.ts';

/** A stage that a deal was in. */
@ObjectType('OpportunityStage', { description: 'A stage that a deal was in, as one source says.', simpleResolvers: true })
export class OpportunityStage {
  @Shows('TEXT', { atRow: true })
  @Field(() => String, { description: 'The stage, as its source names it.' })
  stage!: string;

  @Field(() => StageKind, { description: 'What it means by the stage catalogue.' })
  kind!: StageKind;

  @Field(() => DateTime, { description: 'When it entered the stage, UTC: the earliest instant that the source states of it.' })
  enteredAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it left the stage, UTC; null while it is in it.' })
  leftAt!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The source that says so: `salesforce`, `manual`.' })
  source!: string;
}

const texts = [['stage', 'TEXT']] as const;

const entriesOfOpportunity: Question<string, readonly StageEntry[]> = {
  name: 'stage_history',
  async load(call, ids, asOf) {
    const stated = await stageStatements(call.read, call.tenantId, ids, asOf?.knownAt ?? null);
    return ids.map((id) => {
      const { points, reports } = stated.get(id) ?? { points: [], reports: [] };
      const until = asOf?.validAt ?? null;
      const entries = stageEntries(points, reports);
      return until === null ? entries : entries.filter(({ enteredAt }) => enteredAt <= until).map((entry) => (entry.leftAt !== null && entry.leftAt > until ? { ...entry, leftAt: null } : entry));
    });
  },
};

/** The stages of deals over time. */
@Resolver(() => opportunities.ObjectClass)
export class StageHistoryResolver {
  @Needs()
  @FieldResolver(() => [OpportunityStage], {
    description: 'The stages that the deal went through, in order, for each source that states them. A late delivery takes its place by the instant it is about. Entering a stage again is an entry of its own.',
  })
  async stageHistory(@Root() row: RecordRow, @Ctx() call: Call): Promise<OpportunityStage[]> {
    const [entries, stages] = await Promise.all([ask(call, entriesOfOpportunity, row.asOf, row.uuid), ask(call, currentStages, row.asOf, 'in_force')]);
    return entries.map(({ stage, enteredAt, leftAt, source }) => maskRow(call, { stage, kind: namedStage(stages, stage)?.kind ?? ('UNKNOWN' as const), enteredAt, leftAt, source }, texts));
  }
}
