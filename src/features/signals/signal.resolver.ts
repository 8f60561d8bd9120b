import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Mutation, Resolver, Root } from 'type-graphql';
import { JsonText } from '../../platform/exact-json.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Needs, wantedOf } from '../../platform/graphql/needs.ts';
import { DateTime, JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { toUserError } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { Account, accountById, ExternalRef, type AccountRow } from '../accounts/index.ts';
import { countIngested } from './count-ingested.ts';
import { ingestSignals, type IngestResult } from './ingest-signals.ts';
import { mayIngestSignals } from './signal.policy.ts';
import { signalById, signalsOfAccount } from './signal.queries.ts';
import { withdrawalOfSignal } from './withdraw-signals.ts';
import { IngestSignalsPayload, Signal, SignalConnection, SignalFilter, SignalInput, SignalOrder, type SignalRow } from './signal.type.ts';

/** Signals, below their account and by themselves. */
@Resolver(() => Signal)
export class SignalResolver {
  @Mutation(() => IngestSignalsPayload, { description: 'Takes up to 1,000 signals in at once, each judged by itself. Safe to repeat: a duplicate changes nothing.' })
  async ingestSignals(
    @Ctx() call: Call,
    @Arg('input', () => [SignalInput], { description: 'The signals.' }) input: SignalInput[],
  ): Promise<IngestSignalsPayload> {
    requireRole(call, mayIngestSignals, 'ingest signals');
    const arrived = input.map((statement, index) => ({ statement, requestId: call.requestId, path: ['input', String(index)] }));
    const results = await call.transact((work) => ingestSignals(work, arrived));
    countIngested(input, results);
    return toPayload(call, results);
  }

  @Shows('SIGNAL_PAYLOAD')
  @FieldResolver(() => JsonObject, { description: 'What the source sent. Numbers keep the digits that were received.' })
  payload(@Root() signal: SignalRow, @Ctx() call: Call): unknown {
    const { payloadText } = signal;
    return payloadText === undefined ? readPayload(call, signal) : new JsonText(payloadText);
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'Since when it is withdrawn, UTC: it was derived from a CRM record and no longer follows from what sources say. It counts for no score. Null while it counts. As known now, also in a read of the past: compare it with `asOf`.' })
  withdrawnAt(@Root() signal: SignalRow, @Ctx() call: Call): Promise<string | null> {
    return ask(call, withdrawalOfSignal, null, signal.uuid);
  }

  @FieldResolver(() => [ExternalRef], { description: 'What its source calls it; empty where the source gives its events no ids.' })
  externalRefs(@Root() signal: SignalRow): ExternalRef[] {
    return signal.sourceEventId === null ? [] : [{ system: signal.source, id: signal.sourceEventId }];
  }

  @FieldResolver(() => Account, { description: 'The account it is about.' })
  async account(@Root() signal: SignalRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, signal.asOf, signal.accountId);
  }
}

/** Signals of an account. */
@Resolver(() => Account)
export class SignalsOfAccountResolver {
  @Needs()
  @FieldResolver(() => SignalConnection, { description: 'The signals about the account, the latest first.' })
  signals(
    @Root() account: AccountRow,
    @Ctx() call: Call,
    @Info() info: GraphQLResolveInfo,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => SignalFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: SignalFilter | null,
    @Arg('orderBy', () => SignalOrder, { nullable: true, description: 'In which order.' }) orderBy?: SignalOrder | null,
  ): Promise<Page<SignalRow>> {
    return signalsOfAccount.page(call, account.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, account.asOf, wantedOf(info, 'Signal'));
  }
}

async function readPayload(call: Call, { uuid, asOf }: SignalRow): Promise<JsonText> {
  const row = await ask(call, signalById, asOf, uuid);
  return new JsonText(row?.payloadText ?? '{}');
}

function toPayload(call: Call, results: readonly IngestResult[]): IngestSignalsPayload {
  const count = (outcome: IngestResult['outcome']): number => results.filter((result) => result.outcome === outcome).length;
  const show = async (result: IngestResult): Promise<object> => {
    if (result.outcome === 'REJECTED') return toUserError(result.error) ?? { __typename: 'InvalidInputError' };
    const __typename = result.outcome === 'ACCEPTED' ? 'SignalAccepted' : 'SignalDuplicate';
    return { __typename, signal: await ask(call, signalById, null, result.signalId) };
  };
  return {
    accepted: count('ACCEPTED'),
    duplicates: count('DUPLICATE'),
    rejected: count('REJECTED'),
    // Signals are read back only for those who look at them.
    get results() {
      return results.map(show);
    },
  };
}
