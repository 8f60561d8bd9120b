import { Field, Int, ObjectType } from 'type-graphql';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { AsOf, Dated } from '../../platform/graphql/call.ts';
import { idAt } from '../../platform/graphql/node.ts';
import { DateTime, Json } from '../../platform/graphql/scalars.ts';
import { Shows, type DataClass } from '../../platform/graphql/shows.ts';
import { masked, seesAddresses, type Viewer } from '../access/index.ts';
import { enrichmentSource, manualSource, ruleFor, type Claim, type Precedence } from '../sources/index.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { TenantSql } from '../lineage/index.ts';
import type { StatedColumn, StatedKind } from './stated-kind.ts';
import { readStatedNodes, type StatedNode } from './stated-groups.ts';

/** What one source says a field holds. */
@ObjectType('SourceClaim', { description: 'What one source says a field holds.', simpleResolvers: true })
export class SourceClaim {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The source: `salesforce`; `manual` for a person.' })
  source!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => Json, { nullable: true, description: 'The value, in the form that the field has in the graph. Null for roles that do not see it.' })
  value!: unknown;

  @Field(() => DateTime, { description: 'When it was true, as the source says. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When the system learned it. UTC.' })
  recordedAt!: string;

  /** The statement that says it. */
  statementId!: string;
}

/** The rule of a decision. */
@ObjectType('AppliedPrecedenceRule', { description: 'The rule by which a source wins.', simpleResolvers: true })
export class AppliedPrecedenceRule {
  @Shows('TEXT')
  @Field(() => String, { description: 'Its name in the precedence policy; `manual value` where a person\'s value wins, `latest` where no rule ranks the sources and the latest statement wins.' })
  name!: string;

  @Field(() => Int, { description: 'The version of the policy; 0 for the defaults.' })
  version!: number;
}

/** A field about which sources disagree. */
@ObjectType('Contradiction', { description: 'A field about which sources disagree, and how that was decided.', simpleResolvers: true })
export class Contradiction {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field, as it is named in the graph.' })
  field!: string;

  @Field(() => SourceClaim, { description: 'The claim that the graph shows.' })
  winner!: SourceClaim;

  @Field(() => [SourceClaim], { description: 'The latest claim of every source that gives a value, in order of precedence; the winner first. A source that knows several of the merged nodes has one claim for each.' })
  candidates!: SourceClaim[];

  @Field(() => AppliedPrecedenceRule, { description: 'Why the winner wins.' })
  rule!: AppliedPrecedenceRule;
}

/** Whether sources disagree about a field. */
function areDifferent(claims: readonly Claim[]): boolean {
  return claims.length > 1 && new Set(claims.map(({ value }) => canonicalJson(value))).size > 1;
}

/** The names of the fields of a node about which sources disagree, in order. */
export function disputedFields({ fields }: StatedNode['folded']): string[] {
  return [...fields].flatMap(([field, { winner, claims }]) => (winner && areDifferent(claims) ? [field] : [])).toSorted();
}

/** The nodes about which sources disagree in other fields than before. A claim that loses changes no row, and still is news of the account. */
export function newlyDisputed(before: ReadonlyMap<string, Pick<StatedNode, 'folded'>>, after: ReadonlyMap<string, Pick<StatedNode, 'folded'>>): ReadonlySet<string> {
  const fields = (node: Pick<StatedNode, 'folded'> | undefined): string => (node ? disputedFields(node.folded).join() : '');
  return new Set([...after].flatMap(([rootId, node]) => (fields(node) === fields(before.get(rootId)) ? [] : [rootId])));
}

/** The names of the fields of nodes about which sources disagree, by node. Two statements, and none for no node. */
export async function disagreements({ sql, seal }: { readonly sql: TenantSql; readonly seal: Seal }, kind: StatedKind, nodeIds: readonly string[], asOf: AsOf): Promise<Map<string, string[]>> {
  if (nodeIds.length === 0) return new Map();
  const nodes = await readStatedNodes({ sql, tenantId: sql.tenantId, seal }, kind, nodeIds, asOf);
  return new Map(nodes.map(({ folded }, place) => [nodeIds[place] ?? '', disputedFields(folded)]));
}

/** The fields of a node about which sources disagree, as a caller may see them, by name of the field. */
export function contradictionsIn({ kind, folded, precedence }: StatedNode, viewer: Viewer, asOf: AsOf): Contradiction[] {
  return [...kind.fields].flatMap(([field, column]): Contradiction[] => {
    const { winner, claims } = folded.fields.get(field) ?? { winner: null, claims: [] };
    if (!winner || !areDifferent(claims)) return [];
    const show = (claim: Claim): SourceClaim & Dated => ({ source: claim.source, value: shown(column, claim.value, viewer, asOf), occurredAt: claim.statement.occurredAt, recordedAt: claim.statement.recordedAt, statementId: claim.statement.id, asOf });
    return [{ field, winner: show(winner), candidates: claims.map(show), rule: winningRule(kind.type, field, claims, precedence) }];
  }).toSorted((one, other) => (one.field < other.field ? -1 : 1));
}

/** Why the first of the claims about a field wins. */
export function winningRule(type: string, field: string, claims: readonly Claim[], precedence: Precedence): AppliedPrecedenceRule {
  const rule = ruleFor(precedence, type, field);
  const [first, second] = claims.map(({ source }) => rule?.tiers.findIndex((tier) => tier.includes(source)) ?? -1);
  const isLast = claims[1]?.source === enrichmentSource && claims[0]?.source !== enrichmentSource;
  return { name: claims[0]?.source === manualSource ? 'manual value' : rule && first !== second ? rule.name : isLast ? 'enrichment last' : 'latest', version: precedence.version };
}

/** A stated value in the form that its field has in the graph, masked where the viewer does not see addresses. */
export function shown(column: StatedColumn & { readonly shows?: DataClass; readonly refersTo?: { readonly type: string } }, value: unknown, viewer: Viewer, asOf: AsOf): unknown {
  if (value === null || value === undefined) return null;
  const clear = seesAddresses(viewer);
  if (typeof value === 'object' && !Array.isArray(value)) return shownParts(value as Record<string, unknown>, clear);
  if (column.refersTo && typeof value === 'string') return idAt(column.refersTo.type, value, asOf);
  return clear || column.shows === undefined ? value : masked(value, column.shows);
}

/** Money and people, whose parts are named by column. */
function shownParts(parts: Record<string, unknown>, clear: boolean): Record<string, unknown> {
  const entries = Object.entries(parts).map(([column, value]): [string, unknown] => {
    if (column.endsWith('_minor')) return ['amountMinor', value];
    if (column.endsWith('_currency')) return ['currency', value];
    if (column.endsWith('_email')) return ['email', clear ? value : null];
    return ['name', clear ? value : masked(value, 'PERSON_NAME')];
  });
  return Object.fromEntries(entries);
}
