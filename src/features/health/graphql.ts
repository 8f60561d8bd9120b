import type { NodeReader } from '../../platform/graphql/node.ts';
import { kpis, type RecordRow } from '../accounts/index.ts';
import { lineageOwner, type TrustOwner } from '../lineage/index.ts';
import { accountHealthLineage, healthTrendLineage, kpiLineage } from './health-lineage-kinds.ts';
import { healthById } from './health.queries.ts';
import { AccountHealth, type HealthRow } from './health.type.ts';
import { AccountHealthResolver, derivationOf, HealthCategoryResolver, HealthModelResolver, HealthOfAccountResolver, KpiStatusResolver } from './health.resolver.ts';

/** What health adds to the graph. */
export const healthResolvers: readonly (new () => object)[] = [HealthOfAccountResolver, AccountHealthResolver, HealthCategoryResolver, KpiStatusResolver, HealthModelResolver];

/** The kinds of lineage nodes that health owns; KPIs and trends are raw, and health is made of them. */
export const healthLineageKinds = [kpiLineage, healthTrendLineage, accountHealthLineage];

/** What of health answers its lineage by recorded edges; an account's health itself tells it from its computation. */
export const healthLineageOwners = [lineageOwner(() => kpis.ObjectClass, (row: RecordRow) => kpiLineage.ref(row.uuid))];

/** An account's health is trusted as far as what it is computed from at this reading. */
export const healthTrustOwners: readonly TrustOwner[] = [
  { type: () => AccountHealth, ref: ({ uuid }: HealthRow) => accountHealthLineage.ref(uuid), sources: (row: HealthRow) => derivationOf(row).sources.map(({ kind, id }) => kind.ref(id)) },
];

/** How health is read by id. */
export const healthNodes: readonly NodeReader[] = [{ type: 'AccountHealth', read: healthById }];
