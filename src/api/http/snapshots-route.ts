import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { ask } from '../../platform/graphql/call.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { createSnapshots, snapshotsOfRun, SnapshotType } from '../../features/snapshots/index.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the route takes. */
export interface SnapshotsRouteOptions extends Gated {
  readonly calls: CallDependencies;
}

const types = Object.keys(SnapshotType) as [SnapshotType, ...SnapshotType[]];
const snapshotBody = z.strictObject({
  account_id: z.string('account_id must be a text: the id of an account. Leave it out for every account.').nullish(),
  snapshot_type: z.string('snapshot_type must be a text.').transform((text) => text.toUpperCase()).pipe(z.enum(types, `snapshot_type must be one of ${types.join(', ').toLowerCase()}.`)).nullish(),
  reason: z.string('reason must be a text.').nullish(),
  trigger_event: z.string('trigger_event must be a text.').nullish(),
});

/** Where what is refused stands in the body. */
const paths = { accounts: ['account_id'], reason: ['reason'], triggerEvent: ['trigger_event'] };

/** `POST /api/account-snapshots/create`: 201 with the finished job for one account, 202 with the job that has begun for all. */
export function snapshotsRoute(app: FastifyInstance, { calls, gate }: SnapshotsRouteOptions): void {
  app.post('/api/account-snapshots/create', gate(() => undefined, 100), async (request, reply) => {
    const call = new OpenCall(calls, principalOf(request), request.id);
    try {
      const { account_id: account = null, snapshot_type: type, reason = null, trigger_event: triggerEvent = null } = read(request.body);
      const job = await createSnapshots(call, { accountIds: account === null ? null : [account], type: type ?? 'MANUAL', reason, triggerEvent, paths });
      const snapshots = await ask(call, snapshotsOfRun, null, { runId: job.uuid, first: 100, after: null });
      const shown = snapshots.map(({ id, accountId, sequenceNumber, takenAt }) => ({ id, accountId: toGlobalId('Account', accountId), sequenceNumber, takenAt }));
      return await reply.code(job.status === 'RUNNING' ? 202 : 201).send({ jobId: job.id, status: job.status, progress: job.progress, snapshots: shown });
    } finally {
      await call.close();
    }
  });
}

function read(body: unknown): z.output<typeof snapshotBody> {
  const found = snapshotBody.safeParse(body ?? {});
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new InvalidInput(issue?.message ?? 'The body is not of the declared form.', issue?.path.map(String) ?? []);
}
