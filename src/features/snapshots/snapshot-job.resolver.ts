import { GraphQLInt } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Conflict, InvalidInput, NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { checkPageSize } from '../../platform/graphql/connection.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { createSnapshots } from './create-snapshots.ts';
import { failuresOfJob, jobById } from './snapshot-job.queries.ts';
import { CancelSnapshotJobResult, CreateSnapshotsInput, CreateSnapshotsResult, SaveSnapshotPolicyResult, SnapshotFailure, SnapshotJob, SnapshotPolicyInput, SnapshotPolicyType, type SnapshotJobRow } from './snapshot-job.type.ts';
import { saveSnapshotPolicy, snapshotPolicy, type SnapshotPolicy } from './snapshot-policy.ts';
import { maySetSnapshotPolicy, mayTakeSnapshots } from './snapshot.policy.ts';
import { snapshotsOfRun } from './snapshot.queries.ts';
import { AccountSnapshot, type SnapshotRow } from './snapshot.type.ts';
import { mostAtOnce } from './start-job.ts';
import { cancelJob } from './work-on-job.ts';

const firstDescription = 'How many at most: 1 to 100.';

/** Jobs that take snapshots, and what they are bound by. */
@Resolver(() => SnapshotJob)
export class SnapshotJobResolver {
  @Query(() => SnapshotJob, { nullable: true, description: 'The job of an id; null when the tenant has none.' })
  snapshotJob(@Ctx() call: Call, @Arg('id', () => ID, { description: 'Global id.' }) id: string): Promise<SnapshotJobRow | null> | null {
    const parsed = parseGlobalId(id);
    return parsed?.type === 'SnapshotJob' ? ask(call, jobById, null, parsed.id) : null;
  }

  @FieldResolver(() => [AccountSnapshot], { description: 'The snapshots that it took, in the order of their accounts, so many at once; the next ones are behind the last one seen.' })
  snapshots(@Root() job: SnapshotJobRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, { defaultValue: 100, description: firstDescription }) first: number, @Arg('after', () => ID, { nullable: true, description: 'Global id of the last one seen: those behind it.' }) after?: string | null): Promise<readonly SnapshotRow[]> {
    checkPageSize(first);
    const seen = after ? parseGlobalId(after) : null;
    if (after && seen?.type !== 'AccountSnapshot') throw new InvalidInput('State the id of a snapshot of this job.', ['after']);
    return ask(call, snapshotsOfRun, null, { runId: job.uuid, first, after: seen?.id ?? null });
  }

  @FieldResolver(() => [SnapshotFailure], { description: 'The first accounts of which it could take none, each with the reason.' })
  failures(@Root() job: SnapshotJobRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, { defaultValue: 100, description: firstDescription }) first: number): Promise<readonly SnapshotFailure[]> {
    checkPageSize(first);
    return ask(call, failuresOfJob, null, { runId: job.uuid, first });
  }

  @Mutation(() => CreateSnapshotsResult as never, { description: `Takes a snapshot of accounts. For up to ${mostAtOnce} named accounts the answer is the finished job; otherwise it runs in the background, and \`snapshotJobChanged\` tells how far it is.` })
  createSnapshots(@Ctx() call: Call, @Arg('input', () => CreateSnapshotsInput, { description: 'Of which accounts, and why.' }) input: CreateSnapshotsInput): Promise<object> {
    const { accountIds = null, type, reason = null, triggerEvent = null } = input;
    return typedResult(() => createSnapshots(call, { accountIds, type, reason, triggerEvent }));
  }

  @Mutation(() => CancelSnapshotJobResult as never, { description: 'Ends a job early. What was taken stays; a batch in hand is finished.' })
  cancelSnapshotJob(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The job.' }) id: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayTakeSnapshots, 'cancel jobs that take snapshots');
      const parsed = parseGlobalId(id);
      const known = parsed?.type === 'SnapshotJob' ? await ask(call, jobById, null, parsed.id) : null;
      if (!known) throw new NotFound('There is no such job. Check the id.', ['id']);
      if (!(await call.transact((work) => cancelJob(work, known.uuid)))) throw new Conflict('The job is over already.', ['id']);
      return (await ask(call, jobById, null, known.uuid)) ?? known;
    });
  }

  @Query(() => SnapshotPolicyType, { description: 'What snapshots are bound by now.' })
  snapshotPolicy(@Ctx() call: Call): Promise<SnapshotPolicy> {
    return snapshotPolicy(call.read);
  }

  @Mutation(() => SaveSnapshotPolicyResult as never, { description: 'Puts a new version of what snapshots are bound by in force. For administrators.' })
  saveSnapshotPolicy(@Ctx() call: Call, @Arg('input', () => SnapshotPolicyInput, { description: 'What is to be different.' }) input: SnapshotPolicyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, maySetSnapshotPolicy, 'set the snapshot policy');
      return { __typename: 'SnapshotPolicy', ...(await call.transact((work) => saveSnapshotPolicy(work, input))) };
    });
  }
}
