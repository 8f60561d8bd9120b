import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader, NodeRow } from '../../platform/graphql/node.ts';
import { lineageOwner } from '../lineage/index.ts';
import { sessionLineage, stepLineage } from './session-lineage.ts';
import { Session, SessionStep } from './session.type.ts';
import { SessionChangeResolver, SessionLiveResolver, SessionUpdate } from './session-live.ts';
import { SessionFactResolver } from './session-fact.resolver.ts';
import { SessionMutations } from './session-mutations.resolver.ts';
import { sessionById, sessionMessageById, sessionStepById } from './session.queries.ts';
import { SessionResolver } from './session.resolver.ts';

/** What sessions add to the graph. */
export const sessionResolvers: readonly (new () => object)[] = [SessionResolver, SessionFactResolver, SessionMutations, SessionChangeResolver, SessionLiveResolver];

/** The kinds of lineage nodes that sessions own. */
export const sessionLineageKinds = [sessionLineage, stepLineage];

/** What of sessions answers how far it can be trusted, and what derives from it. */
export const sessionLineageOwners = [
  lineageOwner(() => Session, (row: NodeRow) => sessionLineage.ref(row.uuid)),
  lineageOwner(() => SessionStep, (row: NodeRow) => stepLineage.ref(row.uuid)),
];

/** What subscriptions of sessions send. */
export const sessionLiveInterfaces = [SessionUpdate];

/** How sessions are read by id. */
export const sessionNodes: readonly NodeReader[] = [
  { type: 'Session', read: (call, uuid) => ask(call, sessionById, null, uuid) },
  { type: 'SessionMessage', read: (call, uuid) => ask(call, sessionMessageById, null, uuid) },
  { type: 'SessionStep', read: (call, uuid) => ask(call, sessionStepById, null, uuid) },
];
