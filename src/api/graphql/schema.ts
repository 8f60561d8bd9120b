import 'reflect-metadata';
import { isAbstractType, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import { accessNodes, accessResolvers } from '../../features/access/graphql.ts';
import { accountNodes, accountResolvers } from '../../features/accounts/graphql.ts';
import { connectorResolvers } from '../../features/connectors/graphql.ts';
import { scoringLiveInterfaces, scoringNodes, scoringResolvers } from '../../features/scoring/graphql.ts';
import { signalLiveInterfaces, signalNodes, signalResolvers } from '../../features/signals/graphql.ts';
import { controlTypes } from '../../platform/graphql/live.ts';
import { nodeResolver } from './node.resolver.ts';

const control = controlTypes([...scoringLiveInterfaces, ...signalLiveInterfaces]);
const nodes = nodeResolver([...accessNodes, ...accountNodes, ...signalNodes, ...scoringNodes]);

/** Builds the graph from what each feature adds to it. */
export function buildGraph(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [nodes, ...accessResolvers, ...accountResolvers, ...signalResolvers, ...scoringResolvers, ...connectorResolvers] as unknown as NonEmptyArray<new () => object>,
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
    // Rows say what they are; type-graphql's own way is asynchronous and asks each class in turn.
    if (isAbstractType(type)) type.resolveType = (row: { __typename: string }) => row.__typename;
  }
  return schema;
}

function unused(): never {
  throw new Error('nothing is published here; facts reach subscribers through the live feed');
}
