import type { Clock } from '../../platform/clock.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { isSigned, type Signer, type TrustedKeys } from '../../platform/signing.ts';
import { backupHeadText, readAcceptedRestores, signAcceptance, type AcceptedRestore } from './accepted-restore.ts';
import { brieflyOf } from './anchor-chains.ts';
import { restoreAccepted } from './audit.events.ts';
import { anchorsOfTenant, type KeptAnchor } from './kept-anchor.ts';
import type { Fault } from './tampering.ts';
import { verifyChain } from './verify-chain.ts';

/** What accepting takes. */
export interface AcceptOptions {
  readonly database: Database;
  readonly signer: Signer;
  readonly keys: TrustedKeys;
  /** Anchors on the bus and kept elsewhere, of all tenants. */
  readonly kept: readonly KeptAnchor[];
  readonly clock: Clock;
  /** The id of who accepts. */
  readonly acceptedBy: string;
}

/** What came of it for one tenant. */
export type AcceptResult =
  | { readonly tenantId: string; readonly outcome: 'ACCEPTED'; readonly restore: AcceptedRestore }
  | { readonly tenantId: string; readonly outcome: 'NOTHING_TO_ACCEPT' }
  | { readonly tenantId: string; readonly outcome: 'REFUSED'; readonly fault: Pick<Fault, 'tampering' | 'detail'> };

interface RestoredRow {
  readonly backupDigest: string;
  readonly backupMadeAt: string;
  readonly restoredAt: string;
  readonly sequence: number;
  readonly hash: Buffer;
  readonly previousSequence: number | null;
  readonly keyId: string;
  readonly signature: Buffer;
}

const restoresOfTenant = statement<RestoredRow>(
  'restores_of_tenant',
  `select backup_digest as "backupDigest", backup_made_at as "backupMadeAt", restored_at as "restoredAt", sequence, hash, previous_sequence as "previousSequence", key_id as "keyId", signature
   from restored_backup where tenant_id = $1 order by restored_at`,
);
const restoredTenants = statement<{ tenantId: Id<'Tenant'> }>('restored_tenants', 'select distinct tenant_id as "tenantId" from restored_backup order by 1');

/** The tenants whose data was ever restored from a backup. */
export async function findRestoredTenants(database: Pick<Database, 'system'>): Promise<readonly Id<'Tenant'>[]> {
  return (await database.system((sql) => sql.rows(restoredTenants))).map(({ tenantId }) => tenantId);
}

/**
 * Accepts the restores of a tenant that are not accepted yet: each becomes a fact of the chain, signed, which names the
 * backup and the facts that were lost. It excuses nothing but the missing end of the former chain: where the chain, with
 * the acceptance, still does not verify, nothing is recorded.
 */
export async function acceptRestores(options: AcceptOptions, tenantId: Id<'Tenant'>): Promise<readonly AcceptResult[]> {
  const { database, signer, keys, acceptedBy } = options;
  const briefly = brieflyOf(database, tenantId);
  const accepted = await briefly((sql) => readAcceptedRestores(sql, tenantId, keys));
  const rows = await briefly((sql) => sql.rows(restoresOfTenant, [tenantId]));
  const waiting = rows.filter(({ backupDigest, restoredAt }) => !accepted.some((one) => one.backupDigest === backupDigest && one.restoredAt === restoredAt));
  if (waiting.length === 0) return [{ tenantId, outcome: 'NOTHING_TO_ACCEPT' }];
  const kept = anchorsOfTenant(options.kept, tenantId);
  const proposed = waiting.map((row): Omit<AcceptedRestore, 'keyId' | 'signature' | 'acceptedAt'> => {
    const lostTo = Math.max(row.previousSequence ?? 0, ...kept.filter(({ sequence, anchoredAt }) => sequence > row.sequence && anchoredAt <= row.restoredAt).map(({ sequence }) => sequence));
    const lost = lostTo > row.sequence;
    return {
      backupDigest: row.backupDigest,
      backupMadeAt: row.backupMadeAt,
      backupKeyId: row.keyId,
      backupSignature: row.signature.toString('base64url'),
      sequence: row.sequence,
      hash: row.hash.toString('hex'),
      restoredAt: row.restoredAt,
      lostFrom: lost ? row.sequence + 1 : null,
      lostTo: lost ? lostTo : null,
      acceptedBy,
    };
  });
  const unsigned = proposed.find((one) => !isSigned(keys, backupHeadText({ ...one, tenantId }), { keyId: one.backupKeyId, signature: Buffer.from(one.backupSignature, 'base64url') }));
  if (unsigned) return [{ tenantId, outcome: 'REFUSED', fault: { tampering: 'ANCHOR_FORGED', detail: `The end of the chain in the backup ${unsigned.backupDigest} is not signed by a trusted key.` } }];
  const restores = proposed.map((one) => signAcceptance(signer, tenantId, { ...one, acceptedAt: options.clock.now().toISOString() }));
  const { fault } = await verifyChain(briefly, { tenantId, keys, kept, proposed: restores });
  if (fault) return [{ tenantId, outcome: 'REFUSED', fault }];
  await database.transact({ tenantId, actor: { kind: 'system', id: 'accept-restore' }, requestId: `accept-restore:${waiting[0]?.backupDigest.slice(0, 16)}` }, async (work) => {
    for (const restore of restores) work.record(restoreAccepted.fact({ accountId: null, data: restore }));
  });
  return restores.map((restore) => ({ tenantId, outcome: 'ACCEPTED', restore }));
}
