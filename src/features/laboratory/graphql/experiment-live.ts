import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { NotFound } from '../../../platform/errors.ts';
import { ask, type Call } from '../../../platform/graphql/call.ts';
import { LiveEvent, liveInterface, type LivePayload, type LiveQuery } from '../../../platform/graphql/live.ts';
import { Shows } from '../../../platform/graphql/shows.ts';
import { parseGlobalId } from '../../../platform/ids.ts';
import { runById } from '../experiment.queries.ts';
import { runEvents } from '../laboratory.events.ts';
import { ExperimentRun, type ExperimentRunRow } from './experiment.type.ts';

/** What `experimentRunChanged` sends. */
export const ExperimentRunUpdate = liveInterface('ExperimentRunUpdate', 'What `experimentRunChanged` sends.');

/** A run changed. */
@ObjectType('ExperimentRunChange', { implements: [LiveEvent, ExperimentRunUpdate] as never, description: 'A run made progress or ended; the first event is its present state.', simpleResolvers: true })
export class ExperimentRunChange extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque cursor; pass as `after` to resume.' })
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, sent first, and not a change.' })
  initial!: boolean;
}

interface RunPayload extends LivePayload {
  readonly initial: boolean;
  readonly runId: string;
}

/** The run that changed, read again for each event. */
@Resolver(() => ExperimentRunChange)
export class ExperimentRunChangeResolver {
  @FieldResolver(() => ExperimentRun, { description: 'The run as it is when the event is sent.' })
  async run(@Root() { runId }: RunPayload, @Ctx() call: Call): Promise<ExperimentRunRow> {
    const found = await ask(call, runById, null, runId);
    if (!found) throw new Error('the run of an event is missing');
    return found;
  }
}

/** Live runs of experiments. */
@Resolver()
export class ExperimentLiveResolver {
  @Subscription(() => ExperimentRunUpdate as never, {
    subscribe: ({ args, context }) => runQuery(args as { id: string }, context as Call) as never,
    description: 'A run of an experiment: first its present state, then each checkpoint and its end. With `after`: what was missed since.',
  })
  experimentRunChanged(
    @Root() payload: LivePayload,
    @Arg('id', () => ID, { description: 'The run.' }) _id: string,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

async function runQuery({ id }: { id: string }, call: Call): Promise<LiveQuery> {
  const parsed = parseGlobalId(id);
  const run = parsed?.type === 'ExperimentRun' ? await ask(call, runById, null, parsed.id) : null;
  if (!run) throw new NotFound('There is no such run. Check the id.', ['id']);
  const payload = (cursor: string, initial: boolean): RunPayload => ({ __typename: 'ExperimentRunChange', cursor, initial, runId: run.uuid });
  return {
    kinds: runEvents.map(({ kind }) => kind),
    matches: (fact) => fact.data['runId'] === run.uuid,
    present: async (_present, cursor) => [payload(cursor, true)],
    payload: (_fact, cursor) => payload(cursor, false),
  };
}
