import 'reflect-metadata';
import { isAbstractType, isObjectType, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import { accessNodes, accessResolvers } from '../../features/access/graphql.ts';
import { actionLineageKinds, actionLineageOwners, actionLiveInterfaces, actionNodes, actionResolvers } from '../../features/actions/graphql.ts';
import { accountLineageKinds, accountNodes, accountResolvers, accountTrustOwners } from '../../features/accounts/graphql.ts';
import { auditNodes, auditResolvers } from '../../features/audit/graphql.ts';
import { crmResolvers } from '../../features/crm/graphql.ts';
import { stageResolvers } from '../../features/stages/graphql.ts';
import { contextLineageKinds, contextLineageOwners, contextLiveInterfaces, contextNodes, contextResolvers } from '../../features/context/graphql.ts';
import { consentNodes, consentResolvers } from '../../features/consent/graphql.ts';
import { connectorNodes, connectorResolvers } from '../../features/connectors/graphql.ts';
import { enrichmentLineageKinds, enrichmentLineageOwners, enrichmentNodes, enrichmentResolvers } from '../../features/enrichment/graphql.ts';
import { erasureNodes, erasureResolvers } from '../../features/erasure/graphql.ts';
import { healthLineageKinds, healthLineageOwners, healthNodes, healthResolvers, healthTrustOwners } from '../../features/health/graphql.ts';
import { identityNodes, identityResolvers } from '../../features/identity/graphql.ts';
import { laboratoryLiveInterfaces, laboratoryNodes, laboratoryResolvers } from '../../features/laboratory/graphql.ts';
import { lineageResolvers, type LineageKind, type LineageOwner, type TrustOwner } from '../../features/lineage/graphql.ts';
import { portfolioResolvers } from '../../features/portfolio/graphql.ts';
import { profileLineageKinds, profileLineageOwners, profileNodes, profileResolvers, profileTrustOwners } from '../../features/profiles/graphql.ts';
import { accountContextLineage, scorePointLineage, scoringLineageOwners, scoringLiveInterfaces, scoringNodes, scoringResolvers, traitsLineage } from '../../features/scoring/graphql.ts';
import { signalLineage, signalLiveInterfaces, signalNodes, signalResolvers, signalTrustOwners } from '../../features/signals/graphql.ts';
import { snapshotLineageKinds, snapshotLineageOwners, snapshotLiveInterfaces, snapshotNodes, snapshotResolvers } from '../../features/snapshots/graphql.ts';
import { sessionLineageKinds, sessionLineageOwners, sessionLiveInterfaces, sessionNodes, sessionResolvers } from '../../features/sessions/graphql.ts';
import { spendingResolvers } from '../../features/spending/graphql.ts';
import { controlTypes } from '../../platform/graphql/live.ts';
import { derivedSentence } from '../../platform/graphql/derived.ts';
import { personalPlaces, revocationReactions } from '../privacy.ts';
import { resolveDirectly } from './direct-resolvers.ts';
import { maskFields } from './mask-fields.ts';
import { nodeResolver } from './node.resolver.ts';

const control = controlTypes([...scoringLiveInterfaces, ...signalLiveInterfaces, ...actionLiveInterfaces, ...contextLiveInterfaces, ...snapshotLiveInterfaces, ...sessionLiveInterfaces, ...laboratoryLiveInterfaces]);
const readers = [...accessNodes, ...laboratoryNodes, ...accountNodes, ...signalNodes, ...scoringNodes, ...profileNodes, ...consentNodes, ...erasureNodes, ...auditNodes, ...actionNodes, ...contextNodes, ...enrichmentNodes, ...healthNodes, ...snapshotNodes, ...identityNodes, ...connectorNodes, ...sessionNodes];
const nodes = nodeResolver(readers);

/** The kinds of nodes whose lineage is kept, each declared by its feature. */
const lineageKinds: readonly LineageKind[] = [...accountLineageKinds, signalLineage, traitsLineage, scorePointLineage, accountContextLineage, ...profileLineageKinds, ...sessionLineageKinds, ...actionLineageKinds, ...contextLineageKinds, ...enrichmentLineageKinds, ...healthLineageKinds, ...snapshotLineageKinds];
/** The types whose rows answer their lineage themselves. */
const lineageOwners: readonly LineageOwner[] = [...scoringLineageOwners, ...profileLineageOwners, ...sessionLineageOwners, ...actionLineageOwners, ...contextLineageOwners, ...enrichmentLineageOwners, ...healthLineageOwners, ...snapshotLineageOwners];
/** The types whose rows answer how far they can be trusted, beside those. */
const trustOwners: readonly TrustOwner[] = [...accountTrustOwners, ...signalTrustOwners, ...profileTrustOwners, ...healthTrustOwners];
const lineage = lineageResolvers(lineageKinds, lineageOwners, readers, trustOwners);

/** Builds the graph from what each feature adds to it. */
export function buildGraph(): GraphQLSchema {
  const resolvers = [
    nodes, ...accessResolvers, ...accountResolvers, ...signalResolvers, ...scoringResolvers, ...profileResolvers, ...connectorResolvers, ...crmResolvers, ...stageResolvers, ...spendingResolvers, ...consentResolvers(revocationReactions),
    ...erasureResolvers(personalPlaces), ...auditResolvers, ...laboratoryResolvers, ...actionResolvers, ...contextResolvers, ...enrichmentResolvers, ...healthResolvers, ...snapshotResolvers, ...portfolioResolvers, ...identityResolvers, ...sessionResolvers, ...lineage,
  ];
  const schema = buildSchemaSync({
    resolvers: resolvers as unknown as NonEmptyArray<new () => object>,
    orphanedTypes: [control.Lagged, control.Listening],
    // Use cases check their input, with the place of the fault; a second check would only repeat GraphQL's own.
    validate: false,
    // Subscriptions bring their own source; see api/live.
    pubSub: { publish: unused, subscribe: unused },
  });
  for (const [type, description] of [
    [schema.getQueryType(), 'What can be asked: the tenant\'s graph, at one instant for the whole request.'],
    [schema.getMutationType(), 'What can be changed; each in one transaction. Expected failures are typed results.'],
    [schema.getSubscriptionType(), 'What is pushed: first the present state, then every event, each with a cursor to resume from by `after`.'],
  ] as const) {
    if (type) type.description = description;
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) if (field.extensions['derived'] === true) field.description = `${field.description} ${derivedSentence}`;
    }
    // Rows say what they are; type-graphql's own way is asynchronous and asks each class in turn.
    if (isAbstractType(type)) type.resolveType = (row: { __typename: string }) => row.__typename;
  }
  resolveDirectly(schema, resolvers);
  maskFields(schema);
  return schema;
}

function unused(): never {
  throw new Error('nothing is published here; facts reach subscribers through the live feed');
}
