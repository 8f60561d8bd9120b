import { connectionIdOf, readSource, type ReaderParts } from '../../../src/features/connectors/index.ts';
import type { HistoryPage, VendorObject, VendorSession } from '../../../src/features/connectors/outbound/vendor-api.ts';
import { joinReadings, type Reading } from '../../../src/features/connectors/reading.ts';
import type { WebhookSecret } from '../../../src/features/connectors/index.ts';
import type { Id } from '../../../src/platform/ids.ts';
import type { Arranged } from '../../accounts/arrange.ts';
import { notionEvent } from '../payloads/notion.ts';
import { deliverAs, vendorSecret } from '../vendor-requests.ts';

/** An object as the vendor has it: its text and when it changed there. */
export interface KeptObject {
  readonly status: string;
  readonly changedAt: string;
  /** Read instead of it. */
  readonly reading?: Reading;
}

/** A vendor in the process, behind the contract that every vendor's client fulfils: what it has, what it was asked, and what goes wrong. */
export interface PretendedVendor {
  readonly session: VendorSession;
  readonly objects: Map<string, KeptObject>;
  /** The ids of each call of `readObjects`. */
  readonly asked: string[][];
  /** The cursors of each call of `readHistory`. */
  readonly cursors: (string | null)[];
  checks: number;
  /** Called before an answer to `readObjects`; may throw or wait. */
  before: (objects: readonly VendorObject[]) => Promise<void> | void;
  beforeCheck: () => Promise<void> | void;
  beforePage: (cursor: string | null) => Promise<void> | void;
  /** Items of a page of history. */
  pageSize: number;
}

/** What a page of the vendor says: a ticket of an account of its own, which is made where it is unknown. */
export function readPage(id: string, { status, changedAt }: KeptObject): Reading {
  return joinReadings([{ records: [{ plural: 'tickets', path: [], input: { account: { externalRef: { system: 'pretended', id: `account of ${id}` } }, externalRef: { system: 'pretended', id }, source: 'notion', occurredAt: changedAt, key: id, summary: 'From the vendor', statusCategory: 'IN_PROGRESS', status } }] }]);
}

/** A vendor with nothing in it. */
export function pretendVendor(): PretendedVendor {
  const objects = new Map<string, KeptObject>();
  const readingOf = (id: string): Reading => {
    const kept = objects.get(id);
    return kept ? (kept.reading ?? readPage(id, kept)) : joinReadings([{ deletions: [{ type: 'Ticket', externalRef: { system: 'pretended', id }, source: 'notion', occurredAt: null, reason: 'Deleted', path: [] }] }]);
  };
  const vendor: PretendedVendor = {
    objects, asked: [], cursors: [], checks: 0, pageSize: 10,
    before: () => undefined, beforeCheck: () => undefined, beforePage: () => undefined,
    session: {
      async check() {
        vendor.checks += 1;
        await vendor.beforeCheck();
        return { account: 'Pretended' };
      },
      async readObjects(wanted) {
        vendor.asked.push(wanted.map(({ externalId }) => externalId));
        const readings = wanted.map(({ externalId }) => readingOf(externalId));
        await vendor.before(wanted);
        return readings;
      },
      async readAccount() {
        return joinReadings([...objects].map(([id]) => readingOf(id)));
      },
      async readHistory(cursor): Promise<HistoryPage> {
        vendor.cursors.push(cursor);
        await vendor.beforePage(cursor);
        const from = Number(cursor ?? 0);
        const ids = [...objects.keys()].slice(from, from + vendor.pageSize);
        const next = from + vendor.pageSize < objects.size ? String(from + vendor.pageSize) : null;
        return { reading: joinReadings(ids.map(readingOf)), next, total: objects.size };
      },
    },
  };
  return vendor;
}

/** A connection as it is in the table, active; the session is the test's own. */
export async function connect(program: Arranged, source = 'notion', tenant: Id<'Tenant'> = program.tenant): Promise<Id<'Connection'>> {
  const id = connectionIdOf(tenant, source);
  const now = program.clock.now().toISOString();
  await program.admin.query(`insert into connection (tenant_id, id, source, created_at, created_by, credentials_changed_at) values ($1, $2, $3, $4, 'test', $4) on conflict (tenant_id, source) do update set removed_at = null, paused_at = null`, [tenant, id, source, now]);
  return id;
}

/** Sends events of Notion about pages, as one webhook each. */
export function eventsOf(program: Arranged): { readonly webhook: Promise<WebhookSecret>; send(pageId: string, at: string): Promise<number> } {
  const webhook = vendorSecret(program, 'notion');
  return { webhook, send: async (pageId, at) => (await deliverAs(program, { vendor: 'notion', webhook: await webhook }, notionEvent(pageId, at))).status };
}

/** Runs the job that reads for a connection, with a vendor's session. */
export function reader(program: Arranged, connectionId: Id<'Connection'>, vendor: PretendedVendor, more: Partial<ReaderParts> = {}): { run(): Promise<void>; readonly errors: unknown[] } {
  const errors: unknown[] = [];
  const parts: ReaderParts = { database: program.database, seal: program.seal, openSession: async () => vendor.session, onError: (error) => void errors.push(error), ...more };
  return { errors, run: () => readSource(parts, { tenantId: program.tenant, connectionId, requestId: 'test' }) };
}
