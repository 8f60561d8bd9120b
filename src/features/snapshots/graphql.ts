import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { jobById } from './snapshot-job.queries.ts';
import { SnapshotJobResolver } from './snapshot-job.resolver.ts';
import { SnapshotCreatedResolver, SnapshotJobChangeResolver, SnapshotJobUpdate, SnapshotLiveResolver, SnapshotUpdate } from './snapshot-live.ts';
import { snapshotById } from './snapshot.queries.ts';
import { AccountSnapshotsResolver, SnapshotResolver } from './snapshot.resolver.ts';

export { snapshotLineageKinds, snapshotLineageOwners } from './snapshot-lineage.ts';

/** What snapshots add to the graph. */
export const snapshotResolvers: readonly (new () => object)[] = [SnapshotResolver, AccountSnapshotsResolver, SnapshotJobResolver, SnapshotLiveResolver, SnapshotCreatedResolver, SnapshotJobChangeResolver];

/** How snapshots and jobs are read by id. */
export const snapshotNodes: readonly NodeReader[] = [
  { type: 'AccountSnapshot', read: (call, uuid, asOf) => ask(call, snapshotById, asOf, uuid) },
  { type: 'SnapshotJob', read: (call, uuid) => ask(call, jobById, null, uuid) },
];

/** The interfaces of what their subscriptions send. */
export const snapshotLiveInterfaces = [SnapshotUpdate, SnapshotJobUpdate];
