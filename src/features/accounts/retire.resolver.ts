import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { mayWriteRecords } from './account.policy.ts';
import { restoreRecords, retireRecords } from './retire-records.ts';
import { RestoreRecordsInput, RestoreRecordsResult, RetireRecordsInput, RetireRecordsResult } from './retirement.type.ts';

/** Ends accounts and records, and brings them back. */
@Resolver()
export class RetireResolver {
  @Mutation(() => RetireRecordsResult as never, { description: 'Retires accounts, contacts and other records. They leave lists, counts, scores, health and new snapshots; history, asOf and old snapshots keep them. For agents and administrators.' })
  retireRecords(@Ctx() call: Call, @Arg('input', () => RetireRecordsInput, { description: 'Which, and why.' }) input: RetireRecordsInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayWriteRecords, 'retire records');
      const { retired, kept } = await call.transact((work) => retireRecords(work, call.seal, input));
      return { __typename: 'RetiredRecords', retired: retired.map((id) => ({ id })), kept };
    });
  }

  @Mutation(() => RestoreRecordsResult as never, { description: 'Takes back what persons retired: the sources decide again. For administrators, and agents who are persons.' })
  restoreRecords(@Ctx() call: Call, @Arg('input', () => RestoreRecordsInput, { description: 'Which.' }) input: RestoreRecordsInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayWriteRecords, 'restore records');
      const ids = await call.transact((work) => restoreRecords(work, call.seal, input.ids));
      return { __typename: 'RestoredRecords', restored: ids.map((id) => ({ id })) };
    });
  }
}
