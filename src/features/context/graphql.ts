import { ask, type Call } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { ContextLiveResolver, ContextLiveUpdate, ContextUpdateResolver } from './context-live.ts';
import { BriefLineResolver } from './brief-line.resolver.ts';
import { CallValidationResolver } from './call.resolver.ts';
import { ContextRulesResolver } from './context-rules.resolver.ts';
import { AccountContextResolver, ContextOfAccountResolver } from './context.resolver.ts';
import { derivedSources } from './derived-trust.ts';
import { derivedValueLineage } from './derived-lineage.ts';
import { derivedValueById, type DerivedValueRow } from './derived.queries.ts';
import { BriefOfAccountResolver, BriefResolver, CompetitiveThreatResolver, ContextQualityResolver, DealHealthReasonResolver, DealHealthResolver, DerivedContextResolver, DerivedOfContextResolver, DerivedValueResolver, SalesEngineerResolver } from './derived.resolver.ts';
import { AccountContextQualityType, DealHealthType, DerivedValue, type AccountQualityRow, type DealHealthRow } from './derived.type.ts';
import { AccountQualityResolver, QualityOfAccountResolver } from './quality.resolver.ts';
import { lineageOwner } from '../lineage/index.ts';
import { refreshById } from './refresh.queries.ts';
import { ContextRefreshResolver } from './refresh.resolver.ts';

/** What is derived, and the rules by which. */
const derivedResolvers: readonly (new () => object)[] = [
  DerivedOfContextResolver, DerivedContextResolver, DerivedValueResolver, DealHealthResolver, DealHealthReasonResolver, SalesEngineerResolver, CompetitiveThreatResolver, ContextQualityResolver, BriefOfAccountResolver, BriefResolver, BriefLineResolver,
  ContextRulesResolver, CallValidationResolver, QualityOfAccountResolver, AccountQualityResolver,
];

/** The kinds of lineage nodes that the context brings in. */
export const contextLineageKinds = [derivedValueLineage];

/** What of the context answers its lineage itself. */
export const contextLineageOwners = [
  lineageOwner(() => DerivedValue, (row: DerivedValueRow) => derivedValueLineage.ref(row.uuid), derivedSources),
  lineageOwner(() => AccountContextQualityType, (row: AccountQualityRow) => derivedValueLineage.ref(row.derived.uuid), (row: AccountQualityRow, call: Call) => derivedSources(row.derived, call)),
  lineageOwner(() => DealHealthType, (row: DealHealthRow) => derivedValueLineage.ref(row.derived.uuid), (row: DealHealthRow, call: Call) => derivedSources(row.derived, call)),
];

/** What the context adds to the graph. */
export const contextResolvers: readonly (new () => object)[] = [...derivedResolvers, ContextOfAccountResolver, AccountContextResolver, ContextRefreshResolver, ContextLiveResolver, ContextUpdateResolver];

/** How refreshes are read by id. */
export const contextNodes: readonly NodeReader[] = [{ type: 'ContextRefresh', read: (call, uuid, asOf) => ask(call, refreshById, asOf, uuid) }, { type: 'DerivedValue', read: derivedValueById }];

/** The interface of what their subscription sends. */
export const contextLiveInterfaces = [ContextLiveUpdate];
