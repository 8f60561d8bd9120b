import { accountRecords, retireByReference, upsertAccounts, upsertRecords, type AccountInput, type RecordInput } from '../../src/features/accounts/index.ts';
import { grantConsent, revokeConsent } from '../../src/features/consent/index.ts';
import { ingestSignals } from '../../src/features/signals/index.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import type { Seal } from '../../src/platform/postgres/seal.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { Delivery } from './history.ts';

type Of<Kind extends Delivery['kind']> = Extract<Delivery, { kind: Kind }>;

/** Delivers in one transaction, as a connector does that sends all it has: neighbours of one kind in one call. */
export async function deliver(work: Work, seal: Seal, deliveries: readonly Delivery[]): Promise<void> {
  for (const run of runsOf(deliveries)) {
    const [first] = run;
    if (first?.kind === 'account') refuseNone(await upsertAccounts(work, seal, (run as Of<'account'>[]).map(toAccountInput)));
    else if (first?.kind === 'record') refuseNone(await upsertRecords(work, seal, recordOf(first.plural), (run as Of<'record'>[]).map(toRecordInput)));
    else if (first?.kind === 'deletion') await retireByReference(work, seal, (run as Of<'deletion'>[]).map(({ type, ref, source, at }) => ({ type, externalRef: ref, source, occurredAt: at })));
    else if (first?.kind === 'signal') await ingestSignals(work, (run as Of<'signal'>[]).map(toSignal));
    else for (const decision of run as Of<'consent'>[]) await decide(work, seal, decision);
  }
}

function runsOf(deliveries: readonly Delivery[]): Delivery[][] {
  const runs: Delivery[][] = [];
  const kindOf = (delivery: Delivery | undefined): string => (delivery?.kind === 'record' ? delivery.plural : (delivery?.kind ?? ''));
  for (const delivery of deliveries) {
    const last = runs.at(-1);
    if (last && kindOf(last[0]) === kindOf(delivery)) last.push(delivery);
    else runs.push([delivery]);
  }
  return runs;
}

function refuseNone(results: readonly unknown[]): void {
  for (const result of results) if (result instanceof Error) throw result;
}

const recordOf = (plural: string) => {
  const record = accountRecords.find((each) => each.plural === plural);
  if (!record) throw new Error(`there are no ${plural}`);
  return record;
};

const stated = ({ ref, source, mode, at, modifiedAt, fields }: Of<'account'> | Of<'record'>) => ({ externalRef: ref, source, mode, occurredAt: at, modifiedAt, ...fields });
const toAccountInput = (delivery: Of<'account'>) => stated(delivery) as unknown as AccountInput;
const toRecordInput = (delivery: Of<'record'>): RecordInput => ({ account: { externalRef: delivery.account }, ...stated(delivery) });
const toSignal = ({ account, type, source, event, at }: Of<'signal'>, index: number) => ({ statement: { account: { externalRef: account }, type, source, sourceEventId: event, occurredAt: at, payload: {} }, requestId: 'test', path: [String(index)] });

async function decide(work: Work, seal: Seal, { email, purpose, granted }: Of<'consent'>): Promise<void> {
  const about = { email, purpose, channel: 'EMAIL', path: [] };
  if (granted) await grantConsent(work, seal, { ...about, basis: 'CONSENT', source: 'a form', proof: 'form 1' });
  else await revokeConsent(work, seal, revocationReactions, about);
}
