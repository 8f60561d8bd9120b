import { NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { connectionTested } from './connection.events.ts';
import { VendorFault } from './outbound/vendor-fault.ts';

/** A connection that can be tested. */
export interface TestableConnection {
  readonly id: Id<'Connection'>;
  readonly source: string;
  /** When its credentials or settings last changed. */
  readonly changedAt: string;
}

const find = statement<TestableConnection>(
  'connection_to_test',
  'select id, source, credentials_changed_at as "changedAt" from connection where tenant_id = $1 and source = $2 and encrypted_credentials is not null',
);

/** Finds the connection to a vendor for a test; a paused one can be tested. Throws `NotFound` if the vendor is not connected. */
export async function findTestable(sql: Sql, tenantId: Id<'Tenant'>, source: string): Promise<TestableConnection> {
  const [found] = await sql.rows(find, [tenantId, source]);
  if (!found) throw new NotFound('This vendor is not connected. Connect it with addConnection.', ['id']);
  return found;
}

/** How a test ended: the account at the vendor, or what is wrong. */
export type TestOutcome = { readonly account: string; readonly fault: null } | { readonly account: null; readonly fault: VendorFault };

/** Calls the vendor. No transaction may be open meanwhile. Errors other than faults of vendors are thrown. */
export async function runTest(check: () => Promise<{ readonly account: string }>): Promise<TestOutcome> {
  try {
    return { account: (await check()).account, fault: null };
  } catch (fault) {
    if (fault instanceof VendorFault) return { account: null, fault };
    throw fault;
  }
}

// Of credentials that were replaced during the test it says nothing.
const note = statement('note_connection_test', 'update connection set vendor_account = $4, checked_at = $5 where tenant_id = $1 and id = $2 and credentials_changed_at = $3 and removed_at is null');
const longestAccount = 200;

/** Records how a test ended. */
export async function noteTest(work: Work, { id, source, changedAt }: TestableConnection, { account, fault }: TestOutcome): Promise<void> {
  if (account !== null) await work.rows(note, [work.tenantId, id, changedAt, account.slice(0, longestAccount), work.now]);
  work.record(connectionTested.fact({ accountId: null, data: { connectionId: id, source, outcome: fault?.code ?? 'OK' } }));
}
