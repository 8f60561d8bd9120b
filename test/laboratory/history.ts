import * as fc from 'fast-check';
import { revocationReactions } from '../../src/api/privacy.ts';
import { grantConsent, revokeConsents } from '../../src/features/consent/index.ts';
import { decayScores } from '../../src/features/scoring/index.ts';
import { restoreSignals, withdrawSignals } from '../../src/features/signals/index.ts';
import type { FrozenClock } from '../../src/platform/clock.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { Arranged } from '../accounts/arrange.ts';
import { takenIn } from '../harness/facts.ts';
import { until } from '../harness/program.ts';
import { merging } from '../identity/arrange.ts';
import { scoringTools } from '../scoring/arrange.ts';

const minute = 60_000;
const day = 86_400_000;
const types = ['meeting', 'demo_request', 'pricing_page_visit', 'complaint', 'opportunity_lost', 'email_open', 'unheard_of'];

/** One thing that happens to the accounts of a history. */
export type Step =
  | { readonly do: 'TELL'; readonly signals: readonly { readonly account: number; readonly type: string; readonly age: number; readonly ofPerson: boolean }[] }
  | { readonly do: 'PUBLISH'; readonly weight: number; readonly halfLife: number; readonly icp: boolean; readonly threshold: number; readonly known: number }
  | { readonly do: 'TRAITS'; readonly account: number; readonly industry: string }
  | { readonly do: 'WITHDRAW' | 'RESTORE'; readonly signal: number }
  | { readonly do: 'MERGE'; readonly into: number; readonly from: number }
  | { readonly do: 'RETIRE' | 'BRING_BACK'; readonly account: number }
  | { readonly do: 'OBJECT' | 'CONSENT' | 'UNMERGE' | 'RESCORE' | 'DECAY' }
  | { readonly do: 'WAIT'; readonly milliseconds: number };

const account = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('TELL' as const), signals: fc.array(fc.record({ account, type: fc.constantFrom(...types), age: fc.oneof(fc.integer({ min: -4 * minute, max: day }), fc.integer({ min: 0, max: 90 * day })), ofPerson: fc.boolean() }), { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('PUBLISH' as const), weight: fc.integer({ min: -40, max: 90 }), halfLife: fc.constantFrom(1, 24, 300), icp: fc.boolean(), threshold: fc.integer({ min: 5, max: 90 }), known: fc.integer({ min: 1, max: types.length }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('TRAITS' as const), account, industry: fc.constantFrom('Software', 'Retail', 'Farming') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('WITHDRAW' as const, 'RESTORE' as const), signal: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('MERGE' as const), into: account, from: account }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('RETIRE' as const, 'BRING_BACK' as const), account }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('OBJECT' as const, 'CONSENT' as const, 'UNMERGE' as const, 'RESCORE' as const, 'DECAY' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('WAIT' as const), milliseconds: fc.oneof(fc.integer({ min: 1, max: 3 * minute }), fc.integer({ min: 1, max: 20 * day })) }) },
);

/** What happens in a history; the steps of one part are taken in by the scores together, after the last. */
export const anyHistory = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 16 });

/** Makes no two transactions have one instant, as is so where time is not told to stand still. */
export function tickAlways(clock: FrozenClock): void {
  const told = clock.now.bind(clock);
  clock.now = () => {
    clock.advance(1);
    return told();
  };
}

const isJob = ({ do: what }: Step): boolean => what === 'RESCORE' || what === 'DECAY';

/** Makes histories happen in a program that has no scheduler; nothing here knows of the laboratory. */
export function historyMaker(program: () => Arranged) {
  const tools = scoringTools(program);
  const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program().database.transact({ ...tools.caller(), actor: { kind: 'user', id: 'officer' } }, body);
  const settled = async (): Promise<void> => {
    await program().settled();
    const kinds = ['consent.granted', 'consent.revoked', 'signal.withdrawn', 'signal.restored'];
    await until('decisions are taken in', async () => (await program().count(`select from audit_logs a where kind = any($1::text[]) and not ${takenIn('context-engine')}`, [kinds])) === 0);
  };
  let made = 0;

  /** Makes the history happen to new accounts; answers their ids. */
  async function happen(parts: readonly (readonly Step[])[]): Promise<readonly string[]> {
    made += 1;
    const person = `ada${made}@example.com`;
    const names = [0, 1, 2, 3].map((n) => `history-${made}-${n}`);
    const ids: string[] = [];
    for (const name of names) ids.push(await program().account(name, { industry: 'Software' }));
    const accounts = merging(program(), 'Account');
    const merges: string[] = [];
    const signalIds = async (): Promise<Id<'Signal'>[]> => (await program().rows('select id from signal where account_id = any($1::uuid[]) order by id', [ids.map(tools.uuidOf)])).map((row) => String(row['id']) as Id<'Signal'>);
    const retire = (field: 'retireRecords' | 'restoreRecords', id: string) => program().query(`mutation($input: ${field === 'retireRecords' ? 'RetireRecordsInput' : 'RestoreRecordsInput'}!) { ${field}(input: $input) { __typename } }`, { input: field === 'retireRecords' ? { ids: [id], reason: 'test' } : { ids: [id] } }, { role: 'admin' });
    const once: { readonly [Kind in Step['do']]: (step: Extract<Step, { readonly do: Kind }>) => Promise<unknown> } = {
      TELL: ({ signals }) => program().ingest(signals.map(({ account: place, type, age, ofPerson }, index) => ({ account: { id: ids[place] }, type, source: 'test', sourceEventId: `${made}-${tools.now()}-${index}`, occurredAt: tools.ago(age), payload: ofPerson ? { from: person } : {} }))),
      PUBLISH: ({ weight, halfLife, icp, threshold, known }) =>
        tools.publish({
          highIntentThreshold: threshold,
          icp: { industries: icp ? ['Software'] : [], minEmployees: null, regions: [], mismatchFactor: 0.5, unknownMismatchShare: 0.5 },
          signalTypes: types.slice(0, known).map((type, index) => ({ type, weight: weight + index, halfLifeHours: halfLife * (index + 1), cap: index === 2 ? 20 : null })),
        }),
      TRAITS: ({ account: place, industry }) => program().upsertAccounts([{ externalRef: { system: 'salesforce', id: names[place] }, name: names[place], industry }]),
      async WITHDRAW({ signal }) {
        const all = await signalIds();
        await act((work) => withdrawSignals(work, all.length === 0 ? [] : [all[signal % all.length] as Id<'Signal'>]));
      },
      async RESTORE() {
        const all = await signalIds();
        await act((work) => restoreSignals(work, all));
      },
      async MERGE({ into, from }) {
        const { __typename, id } = await accounts.merge(ids[into] ?? '', ids[from] ?? '');
        if (__typename === 'AccountMerge') merges.push(id);
      },
      async UNMERGE() {
        const last = merges.pop();
        if (last !== undefined) await accounts.unmerge(last);
      },
      RETIRE: ({ account: place }) => retire('retireRecords', ids[place] ?? ''),
      BRING_BACK: ({ account: place }) => retire('restoreRecords', ids[place] ?? ''),
      OBJECT: () => act((work) => revokeConsents(work, program().seal, revocationReactions, { email: person, purpose: 'PROFILING', source: 'letter' })),
      CONSENT: () => act(async (work) => {
        for (const channel of ['EMAIL', 'PHONE', 'SMS', 'CHAT', 'POST', 'NONE'] as const) await grantConsent(work, program().seal, { email: person, purpose: 'PROFILING', channel, basis: 'CONSENT', source: 'form', proof: 'form 9', path: [] });
      }),
      RESCORE: () => tools.rescoreAll(),
      DECAY: () => decayScores(program().database, { actor: { kind: 'system', id: 'test' }, requestId: 'test' }),
      async WAIT({ milliseconds }) {
        await Promise.resolve(program().clock.advance(milliseconds));
      },
    };
    const take = async <Kind extends Step['do']>(taken: Extract<Step, { readonly do: Kind }>): Promise<void> => {
      await (once[taken.do] as (step: Extract<Step, { readonly do: Kind }>) => Promise<unknown>)(taken);
      program().clock.advance(7);
    };
    for (const steps of parts) {
      // What is recorded in one part reaches the scores only afterwards, all at once. Jobs do not wait for the scores, so they run between.
      const [jobs, recorded] = [steps.filter(isJob), steps.filter((each) => !isJob(each))];
      await program().admin.query('begin');
      await program().admin.query('lock table inbox_block in access exclusive mode');
      for (const taken of recorded) await take(taken as never);
      await program().admin.query('commit');
      await settled();
      program().clock.advance(11);
      for (const job of jobs) await take(job as never);
    }
    return ids;
  }
  return { ...tools, happen };
}
