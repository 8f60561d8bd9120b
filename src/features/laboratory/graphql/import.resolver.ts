import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { InvalidInput, LimitExceeded } from '../../../platform/errors.ts';
import type { Call } from '../../../platform/graphql/call.ts';
import { toUserError, typedResult } from '../../../platform/graphql/user-error.ts';
import { requireRole } from '../../access/index.ts';
import type { AccountSelector } from '../../accounts/index.ts';
import { checkedOr, checkHistorySignal, checkOutcome, type NamedAccount } from '../check-history.ts';
import { importHistory, mostRows, outcomeImport, signalImport, type HistoryRow, type ImportKind, type OutcomeRow, type RowResult } from '../import-history.ts';
import { mayExperiment } from '../laboratory.policy.ts';
import { ImportHistoryResult, ImportHistorySignalInput, ImportOutcomeInput } from './import.type.ts';

/** Imports of closed deals and of signals of before. */
@Resolver()
export class ImportResolver {
  @Mutation(() => ImportHistoryResult as never, { description: 'Imports closed deals, at most 1,000, that experiments measure scores by. Production does not read them. Larger files: POST /api/laboratory/outcomes. Requires the analyst or admin role.' })
  importOutcomes(@Ctx() call: Call, @Arg('input', () => [ImportOutcomeInput], { description: 'The deals.' }) input: ImportOutcomeInput[]): Promise<object> {
    return importRows(call, outcomeImport, input, ({ account, externalId, result, closedAt, amount }, now, path) =>
      checkOutcome({ account: namedBy(account), externalId, result, closedAt: closedAt ?? null, amountMinor: amount?.amountMinor ?? null, currency: amount?.currency ?? null }, now, path));
  }

  @Mutation(() => ImportHistoryResult as never, { description: 'Imports signals of before the program was there, at most 1,000. Experiments with the clock OCCURRED replay them; production does not read them. Larger files: POST /api/laboratory/signals. Requires the analyst or admin role.' })
  importSignalHistory(@Ctx() call: Call, @Arg('input', () => [ImportHistorySignalInput], { description: 'The signals.' }) input: ImportHistorySignalInput[]): Promise<object> {
    return importRows(call, signalImport, input, ({ account, type, occurredAt, eventId }, now, path) =>
      checkHistorySignal({ account: namedBy(account), type, occurredAt: occurredAt ?? null, eventId: eventId ?? null }, now, path));
  }
}

function namedBy({ id, externalRef }: AccountSelector): NamedAccount {
  return { id, system: externalRef?.system, externalId: externalRef?.id };
}

function importRows<Input, Row extends HistoryRow | OutcomeRow>(call: Call, kind: ImportKind<Row>, input: readonly Input[], check: (row: Input, now: string, path: readonly string[]) => Row): Promise<object> {
  return typedResult(async () => {
    requireRole(call, mayExperiment, 'import history');
    if (input.length === 0) throw new InvalidInput('input must not be empty.', ['input']);
    if (input.length > mostRows) throw new LimitExceeded(`At most ${mostRows} rows in one call; these are ${input.length}. Send a file to /api/laboratory, or more calls.`);
    const results: RowResult[] = [];
    const summary = await call.lab((work) => {
      results.length = 0;
      const rows = input.map((row, place) => ({ line: place + 1, path: ['input', String(place)], row: checkedOr(() => check(row, work.now, ['input', String(place)])) }));
      return importHistory(work, kind, inOnePortion(rows), (some) => void results.push(...some));
    });
    return { __typename: 'ImportedHistory', ...summary, results: results.map((result) => (result.outcome === 'REFUSED' ? toUserError(result.error) : { __typename: 'ImportedRow', change: result.outcome })) };
  });
}

async function* inOnePortion<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield await Promise.resolve(rows);
}
