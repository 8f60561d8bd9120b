import { GraphQLInt, type GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { Account, accountById, tickets, type AccountRow, type RecordRow } from '../accounts/index.ts';
import { AccountContext, type ContextRow } from './context.type.ts';
import { declarationOf, derivedContextOf, derivedValueRow, type DerivedContext, type DerivedValueRow } from './derived.queries.ts';
import { BriefLineType, BriefType, CompetitiveThreatType, ContextQualityType, DealHealthReason, DealHealthType, DerivedContextType, DerivedValue, SalesEngineerAssignment, type BriefRow, type DealHealthRow, type EngineerRow, type LineRow, type QualityRow, type ReasonRow, type ThreatRow } from './derived.type.ts';
import { derivedValueKinds } from './derived-values.ts';
import { evidenceNodes } from './evidence-nodes.ts';
import { mentionsOf } from './sales-engineer.ts';

/** What of a context is derived. */
@Resolver(() => AccountContext)
export class DerivedOfContextResolver {
  @FieldResolver(() => DerivedContextType, { description: 'What is derived from the account\'s records, as of the instant read for.' })
  derived(@Root() { accountId, asOf }: ContextRow, @Ctx() call: Call): Promise<DerivedContext> {
    return derivedContextOf(call, accountId, asOf);
  }

  @FieldResolver(() => ContextQualityType, { description: 'How complete the context is.' })
  async quality(@Root() { accountId, asOf }: ContextRow, @Ctx() call: Call): Promise<QualityRow> {
    const derived = await derivedContextOf(call, accountId, asOf);
    const { value, missing } = derived.values.quality;
    return { value, missing, derived: derivedValueRow(derived, declarationOf('CONTEXT_QUALITY')) };
  }
}

/** The derived values of a context. */
@Resolver(() => DerivedContextType)
export class DerivedContextResolver {
  @FieldResolver(() => DealHealthType, { description: 'Health of the primary deal, with reasons.' })
  dealHealth(@Root() derived: DerivedContext): DealHealthRow {
    const { values: { dealHealth: { value, reasons } }, asOf } = derived;
    const row = derivedValueRow(derived, declarationOf('DEAL_HEALTH'));
    return { value, reasons: reasons.map((reason) => ({ ...reason, asOf })), rule: row.rule, derived: row, asOf };
  }

  @Derived()
  @FieldResolver(() => GraphQLInt, { nullable: true, description: 'Whole UTC days since the last contact with the customer, never negative; null if none is recorded. Planned activities do not count yet.' })
  daysSinceLastContact(@Root() { values }: DerivedContext): number | null {
    return values.lastContact?.days ?? null;
  }

  @Derived()
  @FieldResolver(() => Boolean, { description: 'Whether a ticket blocks the deal: the same rule as the ticket filter `blocking`.' })
  hasActiveBlocker(@Root() { values }: DerivedContext): boolean {
    return values.blockers.length > 0;
  }

  @Derived()
  @FieldResolver(() => GraphQLInt, { description: 'How many tickets block the deal.' })
  blockerCount(@Root() { values }: DerivedContext): number {
    return values.blockers.length;
  }

  @Derived()
  @FieldResolver(() => tickets.ObjectClass, { nullable: true, description: 'The blocking ticket of highest priority, then the oldest; null if none blocks.' })
  primaryBlocker(@Root() { values, asOf }: DerivedContext, @Ctx() call: Call): Promise<RecordRow | null> | null {
    const [first] = values.blockers;
    return first ? ask(call, tickets.byId, asOf, first.id) : null;
  }

  @FieldResolver(() => SalesEngineerAssignment, { nullable: true, description: 'The assigned sales engineer; null if none was seen.' })
  seAssigned(@Root() { values: { engineer }, asOf }: DerivedContext): EngineerRow | null {
    return engineer && { ...engineer, asOf };
  }

  @Derived()
  @FieldResolver(() => [CompetitiveThreatType], { description: 'The competitors that are mentioned, the latest mention first.' })
  competitiveThreats(@Root() { values, asOf }: DerivedContext): ThreatRow[] {
    return values.threats.map((threat) => ({ ...threat, asOf }));
  }

  @FieldResolver(() => [DerivedValue], { description: 'Every derived value as a node, whose lineage can be asked; one of each kind.' })
  values(@Root() derived: DerivedContext): DerivedValueRow[] {
    return derivedValueKinds.map((declaration) => derivedValueRow(derived, declaration));
  }
}

/** What hangs on a derived value. */
@Resolver(() => DerivedValue)
export class DerivedValueResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account.' })
  account(@Root() { accountId, asOf }: DerivedValueRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, asOf, accountId);
  }

  @FieldResolver(() => [Node as never], { description: 'The records that it was derived from, as of the instant read for.' })
  evidence(@Root() { evidenceRefs, asOf }: DerivedValueRow, @Ctx() call: Call, @Info() info: GraphQLResolveInfo): Promise<NodeRow[]> {
    return evidenceNodes(call, evidenceRefs, asOf, info);
  }
}

/** Deal health with its reasons. */
@Resolver(() => DealHealthType)
export class DealHealthResolver {
  @Derived()
  @FieldResolver(() => [DealHealthReason], { description: 'The conditions that made the value, the worst first. Of GREEN those that were checked; of UNKNOWN what is missing.' })
  reasons(@Root() { reasons }: DealHealthRow): readonly ReasonRow[] {
    return reasons;
  }

  @FieldResolver(() => DerivedValue, { description: 'Deal health as a node.' })
  node(@Root() { derived }: DealHealthRow): DerivedValueRow {
    return derived;
  }
}

/** A reason with its evidence. */
@Resolver(() => DealHealthReason)
export class DealHealthReasonResolver {
  @FieldResolver(() => [Node as never], { description: 'The records that show it; empty where their absence does.' })
  evidence(@Root() { evidence, asOf }: ReasonRow, @Ctx() call: Call, @Info() info: GraphQLResolveInfo): Promise<NodeRow[]> {
    return evidenceNodes(call, evidence, asOf, info);
  }
}

/** The sales engineer with the record that shows them. */
@Resolver(() => SalesEngineerAssignment)
export class SalesEngineerResolver {
  @FieldResolver(() => [Node as never], { description: 'The records of the presence: one, or all of the latest instant.' })
  evidence(@Root() { mentionIds, asOf }: EngineerRow, @Ctx() call: Call, @Info() info: GraphQLResolveInfo): Promise<NodeRow[]> {
    return evidenceNodes(call, mentionsOf({ mentionIds }), asOf, info);
  }
}

/** A competitor with its mentions. */
@Resolver(() => CompetitiveThreatType)
export class CompetitiveThreatResolver {
  @FieldResolver(() => [Node as never], { description: 'The threads, notes and weekly summaries that mention it, the latest first.' })
  evidence(@Root() { evidence, asOf }: ThreatRow, @Ctx() call: Call, @Info() info: GraphQLResolveInfo): Promise<NodeRow[]> {
    return evidenceNodes(call, evidence, asOf, info);
  }
}

/** Context quality as a node. */
@Resolver(() => ContextQualityType)
export class ContextQualityResolver {
  @FieldResolver(() => DerivedValue, { description: 'Context quality as a node.' })
  node(@Root() { derived }: QualityRow): DerivedValueRow {
    return derived;
  }
}

/** The brief of an account. */
@Resolver(() => Account)
export class BriefOfAccountResolver {
  @Needs()
  @FieldResolver(() => BriefType, { description: 'What to know before a call, as of the instant read for.' })
  async brief(@Root() { uuid, asOf }: AccountRow, @Ctx() call: Call): Promise<BriefRow> {
    const derived = await derivedContextOf(call, uuid, asOf);
    const row = derivedValueRow(derived, declarationOf('BRIEF'));
    const { text, lines } = derived.values.brief;
    return { text, lines: lines.map((line) => ({ ...line, brief: row })), derived: row };
  }
}

/** A brief with its lines. */
@Resolver(() => BriefType)
export class BriefResolver {
  @FieldResolver(() => [BriefLineType], { description: 'Its four lines, in this order: ACCOUNT, AMOUNT, BLOCKER, SALES_ENGINEER.' })
  lines(@Root() { lines }: BriefRow): readonly LineRow[] {
    return lines;
  }

  @FieldResolver(() => DerivedValue, { description: 'The brief as a node.' })
  node(@Root() { derived }: BriefRow): DerivedValueRow {
    return derived;
  }
}
