import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkConnection, vendorApiOf, type GivenConnection } from './check-connection.ts';
import { sealCredentials } from './connection-credentials.ts';
import { connectionChanged } from './connection.events.ts';
import { lockPresentConnection, resetState } from './connection-state.ts';
import { wakeReader } from './fetching/wake-reader.ts';
import { statePlaces } from './state-places.ts';
import { placesOf, settingsOfWebhook } from './vendors.ts';
import { webhookSettingsChanged } from './webhook-secrets.ts';

// Sessions are known by this instant, so that it never stays the same.
const changeSettings = statement<{ before: object }>('change_connection_settings', 'update connection set settings = $3, credentials_changed_at = greatest($4, credentials_changed_at + interval \'1 millisecond\') where tenant_id = $1 and id = $2 returning old.settings as before');
const changeCredentials = statement(
  'change_connection_credentials',
  'update connection set wrapped_key = $3, encrypted_credentials = $4, vendor_account = null, checked_at = null, credentials_changed_at = greatest($5, credentials_changed_at + interval \'1 millisecond\') where tenant_id = $1 and id = $2',
);

// In one order, as rotations of the master key lock them.
const followSettings = statement<{ id: string }>(
  'follow_connection_settings',
  `with following as (select id from webhook_secret where tenant_id = $1 and source = $2 and revoked_at is null and settings = $3::jsonb order by id for no key update)
   update webhook_secret s set settings = $4 from following f where s.tenant_id = $1 and s.id = f.id and s.settings <> $4::jsonb returning s.id`,
);

/** Webhooks that are read by the settings of the connection go on to be: what is fetched and what is delivered must say the same. */
async function changeWebhooks(work: Work, seal: Seal, source: string, { before, after }: { readonly before: object; readonly after: object }): Promise<void> {
  const [old, settings] = [settingsOfWebhook(source, before), settingsOfWebhook(source, after)];
  const changed = await work.rows(followSettings, [work.tenantId, source, JSON.stringify(old), JSON.stringify(settings)]);
  for (const { id } of changed) work.record(webhookSettingsChanged.fact({ accountId: null, data: { secretId: id, source } }));
  await statePlaces(work, seal, { before: placesOf(source, old), after: placesOf(source, settings) });
}

/** Replaces credentials, settings or both of a connection, and the settings of webhooks that are those of the connection. Throws `InvalidInput` if neither is given, and as `checkConnection` does. */
export async function changeConnection(work: Work, seal: Seal, { source, credentials, settings }: GivenConnection & { readonly source: string }): Promise<void> {
  if (credentials === null && settings === null) throw new InvalidInput('credentials or settings must be given.', ['input']);
  const { id } = await lockPresentConnection(work, source);
  checkConnection(vendorApiOf(source, ['input', 'id']), { credentials, settings }, ['input']);
  if (settings !== null) {
    const [old] = await work.rows(changeSettings, [work.tenantId, id, JSON.stringify(settings), work.now]);
    await changeWebhooks(work, seal, source, { before: old?.before ?? {}, after: settings });
  }
  if (credentials !== null) {
    const { wrapped, sealed } = sealCredentials(seal, credentials);
    await work.rows(changeCredentials, [work.tenantId, id, wrapped, sealed, work.now]);
    await resetState(work, id);
  }
  wakeReader(work, source);
  const changed = [...(credentials === null ? [] : (['CREDENTIALS'] as const)), ...(settings === null ? [] : (['SETTINGS'] as const))];
  work.record(connectionChanged.fact({ accountId: null, data: { connectionId: id, source, changed } }));
}
