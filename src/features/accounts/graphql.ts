import type { NodeReader, NodeRow } from '../../platform/graphql/node.ts';
import { ask } from '../../platform/graphql/call.ts';
import { AccountMutations } from './account-mutations.resolver.ts';
import { accountById } from './account.queries.ts';
import { Account } from './account.type.ts';
import type { TrustOwner } from '../lineage/index.ts';
import { SourceStatement } from './statement.type.ts';
import { AccountResolver } from './account.resolver.ts';
import { OpportunityResolver } from './opportunity.ts';
import { PrecedenceResolver } from './precedence.resolver.ts';
import { RetireResolver } from './retire.resolver.ts';
import { recordResolvers } from './record.resolver.ts';
import { accountRecords } from './records.ts';
import { plainRecordLineage } from './record-lineage.ts';
import { statementLineage } from './statement-lineage.ts';
import { statementById } from './statement.queries.ts';
import { statementResolvers } from './statement.resolver.ts';

/** What accounts add to the graph. */
export const accountResolvers: readonly (new () => object)[] = [
  AccountResolver,
  AccountMutations,
  RetireResolver,
  PrecedenceResolver,
  OpportunityResolver,
  ...statementResolvers,
  ...accountRecords.flatMap((record) => recordResolvers(record, accountRecords)),
];

/** How accounts and their records are read by id. */
export const accountNodes: readonly NodeReader[] = [
  { type: 'Account', read: (call, uuid, asOf) => ask(call, accountById, asOf, uuid) },
  { type: 'SourceStatement', read: (call, uuid, asOf) => ask(call, statementById, asOf, uuid) },
  ...accountRecords.map((record): NodeReader => ({ type: record.type, read: (call, uuid, asOf) => ask(call, record.byId, asOf, uuid) })),
];

/** What of accounts answers how far it can be trusted: accounts, by their context, records of every kind, and statements. */
export const accountTrustOwners: readonly TrustOwner[] = [
  { type: () => Account, ref: ({ uuid }: NodeRow) => ({ type: 'Account', id: uuid }) },
  { type: () => SourceStatement, ref: ({ uuid }: NodeRow) => statementLineage.ref(uuid) },
  ...accountRecords.map((record): TrustOwner => ({ type: () => record.ObjectClass, ref: ({ uuid }: NodeRow) => ({ type: record.type, id: uuid }) })),
];

/** The kinds of lineage nodes that accounts bring in: statements, and records that no other feature brings in. */
export const accountLineageKinds = [statementLineage, ...plainRecordLineage];
