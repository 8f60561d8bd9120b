import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkConnection, vendorApiOf, type GivenConnection } from './check-connection.ts';
import { sealCredentials } from './connection-credentials.ts';
import { connectionChanged } from './connection.events.ts';
import { lockPresentConnection, resetState } from './connection-state.ts';
import { wakeReader } from './fetching/wake-reader.ts';

// Sessions are known by this instant, so that it never stays the same.
const changeSettings = statement('change_connection_settings', 'update connection set settings = $3, credentials_changed_at = greatest($4, credentials_changed_at + interval \'1 millisecond\') where tenant_id = $1 and id = $2');
const changeCredentials = statement(
  'change_connection_credentials',
  'update connection set wrapped_key = $3, encrypted_credentials = $4, vendor_account = null, checked_at = null, credentials_changed_at = greatest($5, credentials_changed_at + interval \'1 millisecond\') where tenant_id = $1 and id = $2',
);

/** Replaces credentials, settings or both of a connection. Throws `InvalidInput` if neither is given, and as `checkConnection` does. */
export async function changeConnection(work: Work, seal: Seal, { source, credentials, settings }: GivenConnection & { readonly source: string }): Promise<void> {
  if (credentials === null && settings === null) throw new InvalidInput('credentials or settings must be given.', ['input']);
  const { id } = await lockPresentConnection(work, source);
  checkConnection(vendorApiOf(source, ['input', 'id']), { credentials, settings }, ['input']);
  if (settings !== null) await work.rows(changeSettings, [work.tenantId, id, JSON.stringify(settings), work.now]);
  if (credentials !== null) {
    const { wrapped, sealed } = sealCredentials(seal, credentials);
    await work.rows(changeCredentials, [work.tenantId, id, wrapped, sealed, work.now]);
    await resetState(work, id);
  }
  wakeReader(work, source);
  const changed = [...(credentials === null ? [] : (['CREDENTIALS'] as const)), ...(settings === null ? [] : (['SETTINGS'] as const))];
  work.record(connectionChanged.fact({ accountId: null, data: { connectionId: id, source, changed } }));
}
