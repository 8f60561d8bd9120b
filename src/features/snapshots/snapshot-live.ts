import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { isAbout, isOfMerged, LiveEvent, liveInterface, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { accountById, noSuchAccount } from '../accounts/index.ts';
import { jobById } from './snapshot-job.queries.ts';
import { SnapshotJob, type SnapshotJobRow } from './snapshot-job.type.ts';
import { snapshotById, snapshotsOfAccount } from './snapshot.queries.ts';
import { snapshotCreated, snapshotJobCancelled, snapshotJobProgressed, snapshotJobStarted } from './snapshot.events.ts';
import { AccountSnapshot, type SnapshotRow } from './snapshot.type.ts';

/** What `snapshotCreated` sends. */
export const SnapshotUpdate = liveInterface('SnapshotUpdate', 'What `snapshotCreated` sends.');
/** What `snapshotJobChanged` sends. */
export const SnapshotJobUpdate = liveInterface('SnapshotJobUpdate', 'What `snapshotJobChanged` sends.');

const cursorField = { description: 'Opaque place in the stream; give it as `after` to go on behind it.' };

/** A snapshot was taken. */
@ObjectType('SnapshotCreated', { implements: [LiveEvent, SnapshotUpdate] as never, description: 'A snapshot was taken; or, first of all, the latest one there is.', simpleResolvers: true })
export class SnapshotCreated extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, cursorField)
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, told first, and not a new snapshot.' })
  initial!: boolean;
}

/** A job came further. */
@ObjectType('SnapshotJobChange', { implements: [LiveEvent, SnapshotJobUpdate] as never, description: 'A job came further; or, first of all, stands as it is.', simpleResolvers: true })
export class SnapshotJobChange extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, cursorField)
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, told first, and not a change.' })
  initial!: boolean;
}

interface CreatedPayload extends LivePayload {
  readonly initial: boolean;
  readonly snapshotId: string;
}
interface JobPayload extends LivePayload {
  readonly initial: boolean;
  readonly jobId: string;
}

/** The snapshot that was taken, read again for each event. */
@Resolver(() => SnapshotCreated)
export class SnapshotCreatedResolver {
  @FieldResolver(() => AccountSnapshot, { nullable: true, description: 'The snapshot; null once it is no longer kept.' })
  snapshot(@Root() { snapshotId }: CreatedPayload, @Ctx() call: Call): Promise<SnapshotRow | null> {
    return ask(call, snapshotById, null, snapshotId);
  }
}

/** The job that came further, read again for each event. */
@Resolver(() => SnapshotJobChange)
export class SnapshotJobChangeResolver {
  @FieldResolver(() => SnapshotJob, { description: 'The job, as it is when this is sent.' })
  job(@Root() { jobId }: JobPayload, @Ctx() call: Call): Promise<SnapshotJobRow | null> {
    return ask(call, jobById, null, jobId);
  }
}

/** Live snapshots, and live jobs that take them. */
@Resolver()
export class SnapshotLiveResolver {
  @Subscription(() => SnapshotUpdate as never, {
    subscribe: ({ args, context }) => snapshotQuery(args as { accountId?: string | null }, context as Call) as never,
    description: 'Snapshots as they are taken. First the latest of the account asked for (a `Listening` when there is none, or no account was named), then each new one. With `after`: what was missed since, then each new one.',
  })
  snapshotCreated(
    @Root() payload: LivePayload,
    @Arg('accountId', () => ID, { nullable: true, description: 'Of this account alone; of every account when left out.' }) _accountId?: string | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }

  @Subscription(() => SnapshotJobUpdate as never, {
    subscribe: ({ args, context }) => jobQuery(args as { id: string }, context as Call) as never,
    description: 'A job that takes snapshots, as it comes further: first as it stands, then each batch, its end included. With `after`: what was missed since.',
  })
  snapshotJobChanged(
    @Root() payload: LivePayload,
    @Arg('id', () => ID, { description: 'The job.' }) _id: string,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

async function snapshotQuery({ accountId: globalId }: { accountId?: string | null }, call: Call): Promise<LiveQuery> {
  const parsed = globalId ? parseGlobalId(globalId, ['accountId']) : null;
  const account = parsed?.type === 'Account' ? await ask(call, accountById, null, parsed.id) : null;
  if (globalId && !account) throw noSuchAccount(['accountId']);
  // As it was named: what it counts for can change while it is followed.
  const named = parsed && new Set([parsed.id]);
  return {
    kinds: [snapshotCreated.kind],
    matches: (fact) => named === null || (!isOfMerged(fact) && isAbout(fact, named)),
    async present(present, cursor): Promise<LivePayload[]> {
      const now = parsed && (await ask(present, accountById, null, parsed.id));
      const latest = now ? (await snapshotsOfAccount.page(present, now.uuid, { first: 1 }, null)).edges[0]?.node : null;
      return [latest ? ({ __typename: 'SnapshotCreated', cursor, initial: true, snapshotId: latest.uuid } as CreatedPayload) : { __typename: 'Listening', cursor }];
    },
    payload: (fact, cursor): CreatedPayload => ({ __typename: 'SnapshotCreated', cursor, initial: false, snapshotId: snapshotCreated.schema.parse(fact.data).snapshotId }),
  };
}

async function jobQuery({ id }: { id: string }, call: Call): Promise<LiveQuery> {
  const parsed = parseGlobalId(id);
  const job = parsed?.type === 'SnapshotJob' ? await ask(call, jobById, null, parsed.id) : null;
  if (!job) throw new NotFound('There is no such job. Check the id.', ['id']);
  return {
    kinds: [snapshotJobStarted.kind, snapshotJobProgressed.kind, snapshotJobCancelled.kind],
    matches: (fact) => fact.data['jobId'] === job.uuid,
    present: async (_present, cursor): Promise<LivePayload[]> => [{ __typename: 'SnapshotJobChange', cursor, initial: true, jobId: job.uuid } as JobPayload],
    payload: (_fact, cursor): JobPayload => ({ __typename: 'SnapshotJobChange', cursor, initial: false, jobId: job.uuid }),
  };
}
