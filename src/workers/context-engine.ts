import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import type { Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { accountChanged } from '../features/accounts/index.ts';
import { applySignals, refitAccounts, type CountedSignal } from '../features/scoring/index.ts';
import { signalIngested } from '../features/signals/index.ts';

const group = 'context-engine';
const actor = { kind: 'system', id: group } as const;

/**
 * signal.ingested, account.changed → the intent score. One Work per tenant and batch: inbox rows, score, history, facts.
 * An event delivered again finds its inbox row and does nothing.
 */
export function startContextEngine(bus: Bus, database: Database): Promise<RunningConsumer> {
  return bus.consume({
    group,
    topics: [signalIngested.kind, accountChanged.kind],
    batchSize: 500,
    async handle(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenantId)) {
        // Several requests may share a batch; the facts that follow name the last one's.
        const requestId = own.at(-1)?.requestId ?? group;
        await database.transact({ tenantId: tenantId as Id<'Tenant'>, actor, requestId }, async (work) => {
          const fresh = await firstTime(work, group, own.map((event) => event.id));
          const unseen = own.filter((event) => fresh.has(event.id));
          const signals = unseen.filter((event) => event.kind === signalIngested.kind).map(toSignal);
          if (signals.length > 0) await applySignals(work, signals);
          const changed = unseen.filter((event) => event.kind === accountChanged.kind).flatMap(toChangedAccount);
          if (changed.length > 0) await refitAccounts(work, changed);
        });
      }
    },
  });
}

function toSignal(event: Envelope): CountedSignal {
  const { signalId, accountId } = signalIngested.parse(event);
  return { signalId: signalId as Id<'Signal'>, accountId: accountId as Id<'Account'>, sequence: event.sequence };
}

/** Only the account's own row is held against the ICP. */
function toChangedAccount(event: Envelope): Id<'Account'>[] {
  const { accountId, what } = accountChanged.parse(event);
  return what === 'account' ? [accountId as Id<'Account'>] : [];
}
