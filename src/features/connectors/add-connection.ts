import { Conflict } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkConnection, vendorApiOf } from './check-connection.ts';
import { sealCredentials } from './connection-credentials.ts';
import { connectionAdded } from './connection.events.ts';
import { connectionIdOf } from './connection-id.ts';
import { resetState } from './connection-state.ts';
import { wakeReader } from './fetching/wake-reader.ts';
import { statePlaces } from './state-places.ts';
import { placesOf, settingsOfWebhook } from './vendors.ts';

/** A vendor to connect. */
export interface NewConnection {
  readonly source: string;
  readonly credentials: object;
  readonly settings: object;
}

// A removed connection is the same row when the vendor is connected again.
const add = statement<{ id: Id<'Connection'> }>(
  'add_connection',
  `insert into connection as held (tenant_id, id, source, settings, wrapped_key, encrypted_credentials, created_at, created_by, credentials_changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $7)
   on conflict (tenant_id, source) do update set settings = excluded.settings, wrapped_key = excluded.wrapped_key, encrypted_credentials = excluded.encrypted_credentials, vendor_account = null, checked_at = null,
     created_at = excluded.created_at, created_by = excluded.created_by, credentials_changed_at = greatest(excluded.credentials_changed_at, held.credentials_changed_at + interval '1 millisecond'), paused_at = null, removed_at = null
   where held.removed_at is not null
   returning id`,
);

/** Connects a vendor: checks credentials and settings, and stores the credentials sealed. The vendor is not called. Throws `Conflict` if it is connected already. */
export async function addConnection(work: Work, seal: Seal, { source, credentials, settings }: NewConnection): Promise<Id<'Connection'>> {
  checkConnection(vendorApiOf(source, ['input', 'source']), { credentials, settings }, ['input']);
  const { wrapped, sealed } = sealCredentials(seal, credentials);
  const [added] = await work.rows(add, [work.tenantId, connectionIdOf(work.tenantId, source), source, JSON.stringify(settings), wrapped, sealed, work.now, work.actor.id]);
  if (!added) throw new Conflict('This vendor is connected already. Replace its credentials or settings with changeConnection, or remove it first with removeConnection.', ['input', 'source']);
  await resetState(work, added.id);
  await statePlaces(work, seal, { before: [], after: placesOf(source, settingsOfWebhook(source, settings)) });
  // Webhooks may have asked for objects before.
  wakeReader(work, source);
  work.record(connectionAdded.fact({ accountId: null, data: { connectionId: added.id, source } }));
  return added.id;
}
