import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import type { Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { accountChanged, accountMerged, accountRestored, accountRetired, accountUnmerged } from '../features/accounts/index.ts';
import { matchingPolicyPublished, matchNodes, matchTenant, referenceLinked, referenceUnlinked, type ToMatch } from '../features/identity/index.ts';

const group = 'matching';
const actor = { kind: 'system', id: group } as const;

/**
 * Facts about accounts, contacts and references → pairs that may be one are proposed, or withdrawn. One transaction per tenant
 * and batch; an event that is delivered again is known by its mark in the inbox and does nothing. A new policy matches the whole tenant.
 */
export function startMatching(bus: Bus, database: Database, seal: Seal): Promise<RunningConsumer> {
  return bus.consume({
    group,
    topics: [accountChanged.kind, accountMerged.kind, accountUnmerged.kind, accountRetired.kind, accountRestored.kind, referenceLinked.kind, referenceUnlinked.kind, matchingPolicyPublished.kind],
    batchSize: 500,
    gather: 200,
    async handle(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenantId as Id<'Tenant'>)) {
        const caller = { tenantId, actor, requestId: own.at(-1)?.requestId ?? group };
        // Before its event is marked: matching a tenant twice does no harm.
        if (own.some(({ kind }) => kind === matchingPolicyPublished.kind)) await matchTenant((body) => database.transact(caller, body), seal);
        const relevant = own.filter(isRelevant);
        if (relevant.length > 0) await database.transact(caller, async (work) => matchNodes(work, seal, toMatch(await firstTime(work, group, relevant))));
      }
    },
  });
}

/** Most changes are of records that matching does not look at. */
function isRelevant(event: Envelope): boolean {
  return (event.kind !== accountChanged.kind || ['account', 'contact'].includes(accountChanged.parse(event).what));
}

function toMatch(events: readonly Envelope[]): ToMatch {
  const [accounts, contacts] = [new Set<string>(), new Set<string>()];
  // Contacts of an account that was merged, retired or brought back are of another account, or gone.
  const moved = new Set<string>();
  const merges = [];
  for (const event of events) {
    if (event.accountId !== null) accounts.add(event.accountId);
    if (event.kind !== accountChanged.kind && event.accountId !== null) moved.add(event.accountId);
    if (event.kind === accountChanged.kind) {
      const { what, ids } = accountChanged.parse(event);
      if (what === 'contact') for (const id of ids) contacts.add(id);
    } else if (event.kind === accountMerged.kind) merges.push({ kind: 'ACCOUNT' as const, ...accountMerged.parse(event) });
    else if (event.kind === referenceLinked.kind || event.kind === referenceUnlinked.kind) {
      const { nodeType, nodeId } = (event.kind === referenceLinked.kind ? referenceLinked : referenceUnlinked).parse(event);
      if (nodeType === 'Contact') contacts.add(nodeId);
    } else if (event.kind === accountUnmerged.kind) {
      const { intoId, fromId } = accountUnmerged.parse(event);
      for (const id of [intoId, fromId]) accounts.add(id);
    }
  }
  return { accounts: [...accounts], contacts: [...contacts], contactsOf: [...moved], merges };
}
