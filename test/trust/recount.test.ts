import { afterAll, beforeAll, expect, test } from 'vitest';
import { applySignals, recountAccounts } from '../../src/features/scoring/index.ts';
import { withdrawSignals } from '../../src/features/signals/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  // Signals are counted by hand, in the order that this is about.
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program?.close());

test('the trust of a score follows the signals that it counts, also where equal ones take their place', async () => {
  const account = await program.account('acme');
  const accountId = (parseGlobalId(account)?.id ?? '') as Id<'Account'>;
  const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, body);
  const tell = async (event: string, origin?: string): Promise<Id<'Signal'>> => {
    const { results } = await program.ingest([{ account: { externalRef: crm('acme') }, type: 'meeting', source: 'test', sourceEventId: event, occurredAt: '2026-11-20T09:00:00.000Z', ...(origin ? { origin } : {}) }]);
    return (parseGlobalId(results[0]?.signal?.id ?? '')?.id ?? '') as Id<'Signal'>;
  };
  const trust = async (): Promise<{ value: number; trust: { level: string } }> =>
    (await program.see<{ account: { intent: { value: number; trust: { level: string } } } }>('query($id: ID!) { account(id: $id) { intent { ... on IntentScore { value trust { level } } } } }', { id: account })).account.intent;
  const trusted = await tell('trusted');
  const [fact] = await program.facts('signal.ingested');
  await act((work) => applySignals(work, [{ signalId: trusted, accountId, sequence: fact?.sequence ?? 0 }]));
  const before = await trust();
  expect(before.trust.level).toBe('SIGNED_SYSTEM');
  program.clock.advance(1_000);
  const anonymous = await tell('anonymous', 'ANONYMOUS');
  program.clock.advance(1_000);
  await act((work) => withdrawSignals(work, [trusted]));
  await act((work) => recountAccounts(work, [accountId], 'SIGNAL'));
  const after = await trust();
  expect(after.trust.level).toBe('ANONYMOUS');
  expect(Math.abs(after.value - before.value)).toBeLessThan(0.01);
  program.clock.advance(1_000);
  await tell('trusted again');
  program.clock.advance(1_000);
  await act((work) => withdrawSignals(work, [anonymous]));
  await act((work) => recountAccounts(work, [accountId], 'SIGNAL'));
  expect((await trust()).trust.level).toBe('SIGNED_SYSTEM');
});
