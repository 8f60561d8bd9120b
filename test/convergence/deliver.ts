import { revocationReactions } from '../../src/api/privacy.ts';
import { connectionIdOf, type WebhookSecret } from '../../src/features/connectors/index.ts';
import { actorOfConnection } from '../../src/features/connectors/fetching/read-source.ts';
import { takeFetched } from '../../src/features/connectors/take-delivery.ts';
import { accountRecords, retireByReference, upsertAccounts, upsertRecords, type AccountInput, type RecordInput, type UpsertResult } from '../../src/features/accounts/index.ts';
import { restoreRecords, retireRecords } from '../../src/features/accounts/retire-records.ts';
import { grantConsent, revokeConsent } from '../../src/features/consent/index.ts';
import { mergeNodes, unmergeNodes, type MergeKind } from '../../src/features/identity/index.ts';
import { ingestSignals } from '../../src/features/signals/index.ts';
import { Conflict, ProductError } from '../../src/platform/errors.ts';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { Arranged } from '../accounts/arrange.ts';
import { deliver as sendWebhook, secretOf } from '../connectors/deliver.ts';
import { deliverAs, signatures, vendorSecret } from '../connectors/vendor-requests.ts';
import type { Decision, Delivery, Fetched, Part, Ref, Webhook } from './history.ts';
import { jsonBodyOf } from './json-body.ts';
import { readAnswer } from './read-fetch.ts';
import { vendorSettings } from './vendor-webhooks.ts';

type Of<Kind extends Part['kind']> = Extract<Part, { kind: Kind }>;

/** What a way of telling a history exercises, as it turns out: how often each occurs. */
export interface Exercised {
  merges: number;
  unmerges: number;
  late: number;
  retirements: number;
  restorations: number;
  deletions: number;
  webhooks: number;
  duplicates: number;
  fetches: number;
}

/** A tenant that is told a history in one way. */
export interface Way {
  readonly exercised: Readonly<Exercised>;
  /** Delivers a batch: what sources state in one transaction, as a connector does that sends all it has. */
  deliver(deliveries: readonly Delivery[]): Promise<void>;
}

/** Opens a way of telling a tenant a history. */
export function openWay(program: Arranged, tenantId: Id<'Tenant'>): Way {
  const { database, seal } = program;
  const exercised: Exercised = { merges: 0, unmerges: 0, late: 0, retirements: 0, restorations: 0, deletions: 0, webhooks: 0, duplicates: 0, fetches: 0 };
  const merges: { readonly kind: MergeKind; readonly mergeId: string }[] = [];
  const retired: string[] = [];
  const secrets = new Map<string, WebhookSecret>();
  const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => database.transact({ tenantId, actor: { kind: 'user', id: 'connector' }, requestId: 'test' }, body);

  const state = async (work: Work, run: readonly Part[]): Promise<void> => {
    const [first] = run;
    if (first?.kind === 'account') judge(await upsertAccounts(work, seal, (run as Of<'account'>[]).map(toAccountInput)));
    else if (first?.kind === 'record') judge(await upsertRecords(work, seal, recordOf(first.plural), (run as Of<'record'>[]).map(toRecordInput)));
    else if (first?.kind === 'signal') await ingestSignals(work, (run as Of<'signal'>[]).map(toSignal));
    else if (first) {
      await retireByReference(work, seal, (run as Of<'deletion'>[]).map(({ type, ref, source, at }) => ({ type, externalRef: ref, source, occurredAt: at })));
      exercised.deletions += run.length;
    }
  };
  const judge = (results: readonly UpsertResult[]): void => {
    for (const result of results) {
      if (result instanceof Error) throw result;
      if (result.reason === 'OLDER_THAN_CURRENT') exercised.late += 1;
    }
  };

  const send = async ({ source, parts, body }: Webhook): Promise<void> => {
    const isVendor = source in signatures;
    const webhook = secrets.get(source) ?? (await (isVendor ? vendorSecret(program, source, { tenant: tenantId, settings: vendorSettings[source] ?? {} }) : secretOf(program, source, tenantId)));
    secrets.set(source, webhook);
    const { status, body: answer } = await (isVendor ? deliverAs(program, { vendor: source, webhook }, body ?? {}) : sendWebhook(program, { source, webhook }, body ?? jsonBodyOf(parts)));
    if (status !== 202 && status !== 200) throw new Error(`a webhook was refused: ${JSON.stringify(answer)}`);
    exercised.webhooks += 1;
    if (status === 200) exercised.duplicates += 1;
  };

  const take = async ({ answer }: Fetched): Promise<void> => {
    const { vendor: source } = answer;
    const connectionId = connectionIdOf(tenantId, source);
    const reading = await readAnswer(answer);
    const results = await database.transact({ tenantId, actor: actorOfConnection(source, connectionId), requestId: 'test' }, (work) => takeFetched(work, seal, { source, reading, connectionId }));
    const refused = results.filter(({ status, reason }) => status === 'refused' || reason === 'UNREADABLE');
    if (refused.length > 0) throw new Error(`what was fetched was refused: ${JSON.stringify(refused)}`);
    exercised.fetches += 1;
  };

  const decide = async (work: Work, decision: Decision): Promise<void> => {
    const by = { reason: null, decidedBy: work.actor };
    if (decision.kind === 'consent') await consent(work, decision);
    else if (decision.kind === 'merge') {
      const [intoId, fromId] = [await idOf(work, decision.what, decision.into), await idOf(work, decision.what, decision.from)];
      const mergeId = await mergeNodes(work, seal, { kind: decision.what, intoId, fromId, ...by });
      work.afterCommit(() => {
        merges.push({ kind: decision.what, mergeId });
        exercised.merges += 1;
      });
    } else if (decision.kind === 'unmerge') {
      const [made] = merges.splice(decision.which % Math.max(1, merges.length), 1);
      if (!made) return;
      await unmergeNodes(work, seal, { ...made, ...by });
      exercised.unmerges += 1;
    } else if (decision.kind === 'retirement') {
      const id = toGlobalId(decision.type, await idOf(work, decision.type, decision.ref));
      // What was stated under the name of persons may have retired it before: the decision is the same, and so is what can be restored.
      await retireRecords(work, seal, { ids: [id], reason: 'Sold to nobody' }).catch((error: unknown) => {
        if (!(error instanceof Conflict)) throw error;
      });
      retired.push(id);
      exercised.retirements += 1;
    } else {
      const [id] = retired.splice(decision.which % Math.max(1, retired.length), 1);
      if (id === undefined) return;
      await restoreRecords(work, seal, [id]);
      exercised.restorations += 1;
    }
  };
  const consent = async (work: Work, { email, purpose, granted }: Extract<Decision, { kind: 'consent' }>): Promise<void> => {
    const about = { email, purpose, channel: 'EMAIL', path: [] } as const;
    if (granted) await grantConsent(work, seal, { ...about, basis: 'CONSENT', source: 'a form', proof: 'form 1' });
    else await revokeConsent(work, seal, revocationReactions, about);
  };
  const idOf = async (work: Work, type: string, { system, id }: Ref): Promise<string> => {
    const [known] = await program.rows('select node_id as id from external_ref where tenant_id = $1 and node_type = $2 and system = $3 and external_id = $4', [work.tenantId, type, system, id]);
    if (!known) throw new Error(`a decision comes before its node is known: ${type} ${system}:${id}`);
    return String(known['id']);
  };

  return {
    exercised,
    async deliver(deliveries) {
      for (const run of runsOf(deliveries)) {
        const [first] = run;
        if (first?.kind === 'webhook') await send(first);
        else if (first?.kind === 'fetched') await take(first);
        else if (first && isPart(first)) await act(async (work) => {
          for (const same of neighbours(run.filter(isPart))) await state(work, same);
        });
        // A person who may not is told so, in every way alike.
        else if (first) await act((work) => decide(work, first)).catch((error: unknown) => {
          if (!(error instanceof ProductError)) throw error;
        });
      }
    },
  };
}

const isPart = (delivery: Delivery): delivery is Part => delivery.kind === 'account' || delivery.kind === 'record' || delivery.kind === 'deletion' || delivery.kind === 'signal';

/** What sources state between webhooks and decisions, which are transactions of their own. */
function runsOf(deliveries: readonly Delivery[]): Delivery[][] {
  const runs: Delivery[][] = [];
  for (const delivery of deliveries) {
    const last = runs.at(-1);
    if (last?.[0] && isPart(last[0]) && isPart(delivery)) last.push(delivery);
    else runs.push([delivery]);
  }
  return runs;
}

/** Neighbours of one kind, which go in one call. */
function neighbours(parts: readonly Part[]): Part[][] {
  const calls: Part[][] = [];
  const kindOf = (part: Part | undefined): string => (part?.kind === 'record' ? part.plural : (part?.kind ?? ''));
  for (const part of parts) {
    const last = calls.at(-1);
    if (last && kindOf(last[0]) === kindOf(part)) last.push(part);
    else calls.push([part]);
  }
  return calls;
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
