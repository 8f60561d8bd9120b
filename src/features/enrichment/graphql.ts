import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { lineageOwner } from '../lineage/index.ts';
import { enrichmentLineage } from './enrichment-lineage.ts';
import { enrichmentById } from './graphql/enrichment.queries.ts';
import { EnrichmentResolver, EnrichmentsOfAccountResolver } from './graphql/enrichment.resolver.ts';
import { Enrichment, type EnrichmentRow } from './graphql/enrichment.type.ts';
import { enrichmentPolicyById, enrichmentProviderById, EnrichmentSettingsResolver } from './graphql/enrichment-settings.resolver.ts';

/** What enrichment adds to the graph. */
export const enrichmentResolvers: readonly (new () => object)[] = [EnrichmentsOfAccountResolver, EnrichmentResolver, EnrichmentSettingsResolver];

/** The kind of lineage node that enrichment brings in. */
export const enrichmentLineageKinds = [enrichmentLineage];

/** Enrichments answer their lineage themselves: what derives from them. */
export const enrichmentLineageOwners = [lineageOwner(() => Enrichment, (row: EnrichmentRow) => enrichmentLineage.ref(row.uuid))];

/** How they are read by id. */
export const enrichmentNodes: readonly NodeReader[] = [
  { type: 'Enrichment', read: (call, uuid, asOf) => ask(call, enrichmentById, asOf, uuid) },
  { type: 'EnrichmentPolicy', read: (call, uuid, asOf) => ask(call, enrichmentPolicyById, asOf, uuid) },
  { type: 'EnrichmentProvider', read: (call, uuid) => ask(call, enrichmentProviderById, null, uuid) },
];
