import { momentOf } from '../../src/platform/moment.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountMerged, accountUnmerged } from '../../src/features/accounts/index.ts';
import { reassessTenants } from '../../src/features/health/index.ts';
import { applySignals, decayScores, recountAccounts, type RecountCause } from '../../src/features/scoring/index.ts';
import { intentOfAccount } from '../../src/features/scoring/intent.queries.ts';
import type { Call } from '../../src/platform/graphql/call.ts';
import { Loaders } from '../../src/platform/graphql/loaders.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import { revokeConsents } from '../../src/features/consent/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { takenIn } from '../harness/facts.ts';
import { until } from '../harness/program.ts';
import { accountMoves } from '../accounts/moves.ts';
import { scoringTools } from './arrange.ts';

const minute = 60_000;
let program: Arranged;
beforeAll(async () => {
  // The scheduler stays out: each test runs the jobs it is about.
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
});
afterAll(() => program.close());

const { caller, uuidOf, now, ago, stored, points, publish, tell, rescoreAll, intentOf, expectTruth } = scoringTools(() => program);
const { merge, unmerge, retire, restore, takeRow, putRowBack, tellOfMerge } = accountMoves(() => program);
const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact(caller(), body);
const idOf = (globalId: string): Id<'Account'> => uuidOf(globalId) as Id<'Account'>;
const moment = (): string => {
  const at = program.clock.now().toISOString();
  program.clock.advance(minute);
  return at;
};

/** The score as readers compute it, whether or not the account itself can be read then. */
async function scoreAsOf(id: string, at: string): Promise<number | null> {
  const [score] = await act((work) => {
    const caches = { through: <Answer>(_cache: unknown, { keys, load }: { keys: readonly string[]; load(places: readonly number[]): Promise<readonly Answer[]> }) => load([...keys.keys()]) };
    return intentOfAccount.load({ tenantId: work.tenantId, read: work, clock: program.clock, loaders: new Loaders(), caches } as unknown as Call, [idOf(id)], momentOf(at));
  });
  return score?.value ?? null;
}
/** Stops the bus, so that what is recorded meanwhile reaches the context engine only afterwards. */
async function whileInFlight(body: () => Promise<unknown>): Promise<void> {
  await program.admin.query('begin');
  await program.admin.query('lock table inbox_block in access exclusive mode');
  await body();
  await program.admin.query('commit');
  await program.settled();
}

describe('a merge', () => {
  test('makes the signals of both count for the survivor, and the other account has no score; the past stays', async () => {
    const [into, from] = [await program.account('into'), await program.account('from', { industry: 'Retail' })];
    for (const [id, type] of [[into, 'meeting'], [from, 'stage_change'], [from, 'demo_request'], [from, 'complaint']] as const) await tell(id, type);
    const [both, alone] = [await intentOf(into), await intentOf(from)];
    const before = moment();
    await merge(into, from);
    await program.settled();
    await expectTruth(into);
    expect((await intentOf(into)).value).toBeGreaterThan(both.value);
    expect(await stored(from)).toBeUndefined();
    expect((await points(into)).at(-1)).toMatchObject({ cause: 'MERGE', scored: true });
    expect((await points(from)).at(-1)).toMatchObject({ cause: 'MERGE', scored: false, value: 0, previous: expect.closeTo(alone.value, 1) as number });
    expect([(await intentOf(into, before)).value, (await intentOf(from, before)).value]).toEqual([both.value, alone.value]);
    expect([await scoreAsOf(from, before), await scoreAsOf(from, moment())]).toEqual([alone.value, null]);
    const told = (await program.facts('context.updated')).findLast(({ account_id }) => account_id === idOf(from))?.data;
    expect(told).toMatchObject({ cause: 'MERGE', current: null, signalId: null });
  });

  test('undone gives each account the state that its own signals make, bit for bit', async () => {
    const [into, from] = [await program.account('undo-into'), await program.account('undo-from')];
    await tell(into, 'meeting');
    await program.ingest([1, 2].map((n) => ({ account: { id: from }, type: 'demo_request', source: 'test', sourceEventId: `undo-${n}`, occurredAt: ago(n * 86_400_000) })));
    await program.settled();
    const before = [(await stored(into))?.state, (await stored(from))?.state];
    await merge(into, from);
    await program.settled();
    program.clock.advance(minute);
    await unmerge(into, from);
    await program.settled();
    expect([(await stored(into))?.state, (await stored(from))?.state]).toEqual(before);
    expect((await points(from)).map(({ cause }) => cause)).toEqual(['SIGNAL', 'MERGE', 'UNMERGE']);
    for (const id of [into, from]) await expectTruth(id);
    // The first of a new beginning.
    expect((await points(from)).at(-1)?.previous).toBeNull();
  });

  test('of an account that crossed the threshold says that its intent fell', async () => {
    const [into, from] = [await program.account('fell-into'), await program.account('fell-from')];
    for (const type of ['stage_change', 'demo_request', 'meeting']) await tell(from, type);
    await merge(into, from);
    await program.settled();
    expect([(await points(from)).at(-1)?.crossed, (await points(into)).at(-1)?.crossed]).toEqual(['DOWN', 'UP']);
  });

  test('neither loses nor doubles signals whose facts are on their way, in whatever order facts arrive', async () => {
    const [into, from] = [await program.account('flight-into'), await program.account('flight-from')];
    await tell(from, 'meeting');
    await whileInFlight(async () => {
      await program.ingest([{ account: { id: from }, type: 'call', source: 'test', sourceEventId: 'flight-1' }]);
      await merge(into, from);
      await program.ingest([{ account: { id: into }, type: 'call', source: 'test', sourceEventId: 'flight-2' }]);
    });
    await expectTruth(into);
    expect(await stored(from)).toBeUndefined();

    // A signal is taken in after it was moved and before the move is; and again after both.
    const [other, moved] = [await program.account('late-into'), await program.account('late-from')];
    await tell(other, 'meeting');
    const { results } = await program.ingest([{ account: { id: moved }, type: 'call', source: 'test', sourceEventId: 'flight-3' }]);
    await program.settled();
    const [fact] = (await program.facts('signal.ingested')).slice(-1);
    const signal = { signalId: uuidOf(results[0]?.signal?.id ?? '') as Id<'Signal'>, accountId: idOf(moved), sequence: Number(fact?.sequence) };
    await program.rows('update signal set account_id = $1 where account_id = $2', [idOf(other), idOf(moved)]);
    await act((work) => applySignals(work, [signal]));
    await expectTruth(other);
    const count = (await points(other)).length;
    await act((work) => recountAccounts(work, [idOf(other), idOf(moved)], 'MERGE'));
    // Nothing changed for it: no point, no fact, and the signal is known to be counted.
    expect((await points(other)).length).toBe(count);
    await act((work) => applySignals(work, [signal]));
    await expectTruth(other);
    expect(await intentOf(moved)).toEqual({ __typename: 'NoScore' });
  });
});

test('a signal of a person who objected, which a recount counted on its way, is taken out when it arrives', async () => {
  const id = await program.account('objected-in-flight');
  await tell(id, 'meeting');
  await act((work) => revokeConsents(work, program.seal, revocationReactions, { email: 'flight@example.com', purpose: 'PROFILING', source: 'letter' }));
  await until('the objection is taken in', async () => (await program.count(`select from audit_logs a where kind = 'consent.revoked' and not ${takenIn('context-engine')}`)) === 0);
  await publish();
  await whileInFlight(async () => {
    await program.ingest([{ account: { id }, type: 'demo_request', source: 'test', sourceEventId: 'objected-1', payload: { from: 'flight@example.com' } }]);
    await rescoreAll();
  });
  expect((await points(id)).at(-1)).toMatchObject({ cause: 'CONSENT' });
  expect((await intentOf(id)).contributions).toHaveLength(1);
});

describe('a retirement', () => {
  test('ends the score; jobs leave the account alone; a restoration counts what came meanwhile, under the traits of now', async () => {
    await publish({ icp: { industries: ['Software'], minEmployees: null, regions: [], mismatchFactor: 0.5, unknownMismatchShare: 0.5 } });
    await rescoreAll();
    const id = await program.account('retiring', { industry: 'Software' });
    for (const type of ['stage_change', 'demo_request']) await tell(id, type);
    const value = (await intentOf(id)).value;
    const before = moment();
    await whileInFlight(async () => {
      await program.ingest([{ account: { id }, type: 'call', source: 'test', sourceEventId: 'retired-1' }]);
      await retire(id);
    });
    expect([await stored(id), (await points(id)).at(-1)]).toMatchObject([undefined, { cause: 'RETIREMENT', scored: false, crossed: 'DOWN' }]);
    expect([await scoreAsOf(id, before), await scoreAsOf(id, moment())]).toEqual([value, null]);
    await restore(id, { industry: 'Retail' });
    await program.settled();
    await expectTruth(id);
    expect((await intentOf(id)).icpFit).toBe(0.5);
    expect((await points(id)).at(-1)).toMatchObject({ cause: 'RESTORATION', scored: true, previous: null });
    await publish();
    await rescoreAll();
  });

  test('decided through the graph does the same, and so does taking it back', async () => {
    const id = await program.account('retired-by-person');
    for (const type of ['meeting', 'call']) await tell(id, type);
    const [before, value] = [(await stored(id))?.state, (await intentOf(id)).value];
    const then = moment();
    const decide = (mutation: string) => program.query(`mutation($ids: [ID!]!) { ${mutation} { __typename ... on UserError { message } } }`, { ids: [id] }, { role: 'admin' });
    expect(await decide('retireRecords(input: { ids: $ids, reason: "Closed down" })')).toMatchObject({ data: { retireRecords: { __typename: 'RetiredRecords' } } });
    await program.settled();
    expect([await stored(id), await scoreAsOf(id, then), await scoreAsOf(id, moment())]).toEqual([undefined, value, null]);
    expect(await intentOf(id)).toEqual({ __typename: 'NoScore' });
    expect(await decide('restoreRecords(input: { ids: $ids })')).toMatchObject({ data: { restoreRecords: expect.objectContaining({ __typename: expect.not.stringContaining('Error') as string }) as object } });
    await program.settled();
    await expectTruth(id);
    expect((await stored(id))?.state).toEqual(before);
    expect((await points(id)).map(({ cause }) => cause)).toEqual(['SIGNAL', 'SIGNAL', 'RETIREMENT', 'RESTORATION']);
  });

  test('that the engine has not seen yet leaves decay, rescoring and health nothing to do', async () => {
    const id = await program.account('half-retired');
    for (const type of ['stage_change', 'demo_request']) await tell(id, type);
    await takeRow(id);
    const count = (await points(id)).length;
    program.clock.advance(40 * 86_400_000);
    await decayScores(program.database, caller());
    await publish();
    await rescoreAll();
    await reassessTenants(program.database, caller());
    expect((await points(id)).length).toBe(count);
    await putRowBack(id);
    await rescoreAll();
    await expectTruth(id);
  });
});

test('an account all of whose signals stop counting has no score, as if they never had counted', async () => {
  const id = await program.account('silenced');
  await tell(id, 'meeting', { payload: { from: 'ada@example.com' } });
  const before = [moment(), (await intentOf(id)).value] as const;
  await program.database.transact({ ...caller(), actor: { kind: 'user', id: 'officer' } }, (work) => revokeConsents(work, program.seal, revocationReactions, { email: 'ada@example.com', purpose: 'PROFILING', source: 'letter' }));
  await expect.poll(() => intentOf(id)).toEqual({ __typename: 'NoScore' });
  expect((await points(id)).at(-1)).toMatchObject({ cause: 'CONSENT', scored: false });
  expect(await scoreAsOf(id, before[0])).toBeCloseTo(before[1], 1);
});

test('after any merges, unmerges and signals, in any order, every score is that of the signals that count for it', async () => {
  const anyRun = fc.array(fc.oneof(
    { weight: 3, arbitrary: fc.record({ act: fc.constant('tell' as const), at: fc.nat(2), type: fc.constantFrom('meeting', 'call', 'complaint', 'demo_request'), age: fc.nat(60 * 86_400_000) }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('move' as const, 'recount' as const), at: fc.nat(2), to: fc.nat(2) }) },
  ), { minLength: 4, maxLength: 14 });
  const causes: readonly RecountCause[] = ['MERGE', 'UNMERGE'];
  for (const [run, steps] of fc.sample(anyRun, 12).entries()) {
    const ids = await Promise.all([0, 1, 2].map((n) => program.account(`run-${run}-${n}`)));
    const at = (n: number): string => ids[n] ?? '';
    for (const [place, step] of steps.entries()) {
      if (step.act === 'tell') await program.ingest([{ account: { id: at(step.at) }, type: step.type, source: 'run', sourceEventId: `run-${run}-${place}`, occurredAt: ago(step.age) }]);
      else if (step.act === 'move') {
        await program.rows('update signal set account_id = $1 where account_id = $2', [idOf(at(step.to)), idOf(at(step.at))]);
        await tellOfMerge(place % 2 === 0 ? accountMerged : accountUnmerged, at(step.to), at(step.at));
      } else await act((work) => recountAccounts(work, [idOf(at(step.at))], causes[place % 2] ?? 'MERGE'));
    }
    await program.settled();
    for (const id of ids) {
      if ((await program.count('select from signal where account_id = $1', [idOf(id)])) > 0) await expectTruth(id);
      else expect(await intentOf(id)).toEqual({ __typename: 'NoScore' });
    }
  }
});

test('of equally strong signals what they say decides which are shown, not their ids or the order in which they came', async () => {
  const at = ago(3_600_000);
  const signals = ['b', 'a', 'c'].flatMap((source) => [2, 1].map((n) => ({ type: 'meeting', source, sourceEventId: `alike-${n}`, occurredAt: at, payload: { n } })));
  const seen: string[][] = [];
  for (const [place, ordered] of [signals, signals.toReversed()].entries()) {
    const id = await program.account(`alike-${place}`);
    for (const signal of ordered) await program.ingest([{ ...signal, account: { id }, source: `${signal.source}-${place}` }]);
    await program.settled();
    for (const asOf of [null, moment()]) {
      const { account } = await program.see<{ account: { intent: { contributions: { signal: { source: string; sourceEventId: string } }[] } } }>(
        'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { intent { ... on IntentScore { contributions(first: 3) { signal { source sourceEventId } } } } } }', { id, asOf });
      seen.push(account.intent.contributions.map(({ signal }) => `${signal.source.slice(0, 1)} ${signal.sourceEventId}`));
    }
  }
  for (const each of seen) expect(each).toEqual(['a alike-1', 'a alike-2', 'b alike-1']);
});

describe('a state of before sums were exact', () => {
  const inOldForm = async (id: string): Promise<void> => {
    const state = { meeting: { raw: 30.000000000000004, at: now() } };
    await program.rows('update score_point set state = $2, sums = null where id = (select point_id from account_contexts where account_id = $1)', [idOf(id), state]);
  };

  test('is read, and replaced by a replay when a signal comes, the account changes or its signals are recounted', async () => {
    await publish({ icp: { industries: ['Software'], minEmployees: null, regions: [], mismatchFactor: 0.5, unknownMismatchShare: 0.5 } });
    await rescoreAll();
    const changes: readonly ((id: string, name: string) => Promise<unknown>)[] = [
      (id) => tell(id, 'call'),
      async (_id, name) => {
        await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: name }, name, industry: 'Software' }]);
        await program.settled();
      },
      (id) => act((work) => recountAccounts(work, [idOf(id)], 'MERGE')),
    ];
    for (const [place, change] of changes.entries()) {
      const id = await program.account(`old-form-${place}`, { industry: 'Retail' });
      await tell(id, 'meeting');
      const { value } = await intentOf(id);
      await inOldForm(id);
      expect((await intentOf(id)).value).toBeCloseTo(value, 9);
      expect((await intentOf(id)).contributions.reduce((sum, { points: each }) => sum + each, 0)).toBeCloseTo(value, 9);
      await change(id, `old-form-${place}`);
      await expectTruth(id);
    }
    await publish();
    await rescoreAll();
  });
});
