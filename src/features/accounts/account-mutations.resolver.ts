import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { requireRole } from '../access/index.ts';
import { mayWriteRecords } from './account.policy.ts';
import { AccountInput } from './account.type.ts';
import { toUpsertPayload, UpsertMode, UpsertPayload } from './upsert.type.ts';
import { upsertAccounts } from './upsert-accounts.ts';

/** Changes of accounts. */
@Resolver()
export class AccountMutations {
  @Mutation(() => UpsertPayload, { description: 'States up to 1,000 accounts at once, each found by its external reference.' })
  async upsertAccounts(
    @Ctx() call: Call,
    @Arg('input', () => [AccountInput], { description: 'The accounts; each is judged by itself.' }) input: AccountInput[],
    @Arg('mode', () => UpsertMode, { defaultValue: UpsertMode.PATCH, description: 'How much the accounts state.' }) mode: keyof typeof UpsertMode,
  ): Promise<UpsertPayload> {
    requireRole(call, mayWriteRecords, 'change accounts');
    return toUpsertPayload(await call.transact((work) => upsertAccounts(work, call.seal, input, mode)));
  }
}
