import { createCoalescer } from '../../platform/coalesce.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { SecretMaker } from './connector.ts';
import { keyOf } from './webhook-secrets.ts';

const find = statement<{ id: string; source: string; tenantId: Id<'Tenant'>; wrapped: Buffer; sealed: Buffer | null; settings: unknown; expiresAt: string | null }>(
  'find_webhook_secrets',
  'select id, source, tenant_id as "tenantId", wrapped_secret as wrapped, encrypted_secret as sealed, settings, expires_at as "expiresAt" from webhook_secret where id = any($1::uuid[]) and revoked_at is null',
);

/** The secret that a webhook names. */
interface NamedSecret {
  readonly id: string;
  readonly source: string;
  /** Who makes the secrets of the source; OURS when left out. */
  readonly maker?: SecretMaker;
  readonly now: Date;
}

/** A valid secret, and whose it is. */
export interface FoundSecret {
  readonly tenantId: Id<'Tenant'>;
  /** Null: the vendor has not sent it yet. */
  readonly secret: Buffer | null;
  /** How what its source delivers is read. */
  readonly settings: unknown;
}

/** Finds the secrets that webhooks name; null when there is none for the source, or it expired or was revoked. */
export type FindSecret = (named: NamedSecret) => Promise<FoundSecret | null>;

/** Secrets that one statement looks up. */
const mostTogether = 200;

/** Looks secrets up, those that are asked for while a look is under way together in the next one: each sees every revocation from before it was asked for. */
export function createSecretFinder(database: Pick<Database, 'system'>, seal: Seal): FindSecret {
  const take = createCoalescer<NamedSecret, FoundSecret | null>(mostTogether, async (named) => {
    const rows = new Map((await database.system((sql) => sql.rows(find, [[...new Set(named.map(({ id }) => id))]]))).map((row) => [row.id, { ...row, secret: keyOf(seal, row) }]));
    return named.map(({ id, source, maker = 'OURS', now }) => {
      const row = rows.get(id);
      if (!row || row.source !== source || (row.expiresAt !== null && Date.parse(row.expiresAt) <= now.getTime())) return null;
      return { tenantId: row.tenantId, secret: row.sealed === null && maker !== 'OURS' ? null : row.secret, settings: row.settings };
    });
  });
  return (named) => take('secrets', named);
}
