import { personalPlaces, revocationReactions } from '../api/privacy.ts';
import { revokeConsent } from '../features/consent/index.ts';
import { repeatErasure } from '../features/erasure/index.ts';
import { systemClock } from '../platform/clock.ts';
import { Suppressed } from '../platform/errors.ts';
import { createIds, type Id } from '../platform/ids.ts';
import type { RestoredClient } from '../platform/postgres/backup/restore-database.ts';
import { openDatabase } from '../platform/postgres/database.ts';
import type { KeyCheck } from '../platform/postgres/keys/check-keys.ts';
import { wrappingKeysOf } from '../platform/postgres/keys/key-ring.ts';
import { createSeal } from '../platform/postgres/seal.ts';
import { createSigner } from '../platform/signing.ts';

interface ErasedSubject {
  readonly tenantId: Id<'Tenant'>;
  readonly subjectId: Id<'Subject'>;
}

interface SuppressionRow {
  readonly tenant_id: string;
  readonly key: string;
  readonly group_id: string;
  readonly suppressed_at: Date;
}

interface Objection extends ErasedSubject {
  readonly purpose: string;
  readonly channel: string;
  /** The address, sealed, and the subject's wrapped key; null once the person was erased. */
  readonly email: Buffer | null;
  readonly wrapped: Buffer | null;
}

/** What people decided about their data, in a database that a restore replaces. */
export interface DecisionsOfPeople {
  readonly erased: readonly ErasedSubject[];
  readonly suppressed: readonly SuppressionRow[];
  readonly objections: readonly Objection[];
}

/** What was repeated on the restored database. */
export interface CarriedOver {
  readonly erasures: number;
  readonly objections: number;
  /** Objections whose address cannot be read with the keys of the backup. */
  readonly unreadable: number;
}

/** Reads what a restore must not undo. A database of an early version has less of it. */
export async function readDecisions(present: RestoredClient): Promise<DecisionsOfPeople> {
  const rows = async <Row>(table: string, text: string): Promise<Row[]> => {
    const { rows: exists } = await present.query<{ found: boolean }>('select to_regclass($1) is not null as found', [`public.${table}`]);
    return exists[0]?.found ? ((await present.query(text)).rows as Row[]) : [];
  };
  return {
    erased: await rows('subject_key', 'select tenant_id as "tenantId", subject_id as "subjectId" from subject_key where destroyed_at is not null order by 1, 2'),
    suppressed: await rows('suppression', 'select tenant_id, key, group_id, suppressed_at from suppression where lifted_at is null'),
    objections: await rows('consent', `select c.tenant_id as "tenantId", c.subject_id as "subjectId", c.purpose, c.channel, k.wrapped_key as wrapped,
        (select e.email_sealed from consent e where e.tenant_id = c.tenant_id and e.subject_id = c.subject_id and e.email_sealed is not null limit 1) as email
      from consent c join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id where not c.granted and k.destroyed_at is null order by 1, c.id`),
  };
}

/** What carrying over takes. */
export interface CarryOverOptions {
  readonly restored: RestoredClient;
  /** The program's URL of the restored database. */
  readonly appUrl: string;
  readonly check: KeyCheck;
  readonly signingKey: Buffer | null;
}

/**
 * Repeats on a restored database what people decided since the backup: erasures, the suppression list, objections. The rows
 * of a tenant that the backup does not know are left out.
 */
export async function carryOver(decisions: DecisionsOfPeople, { restored, appUrl, check, signingKey }: CarryOverOptions): Promise<CarriedOver> {
  const { rows: tenants } = await restored.query<{ id: string }>('select id from tenant');
  const known = new Set(tenants.map(({ id }) => id));
  for (const { tenant_id: tenantId, key, group_id: groupId, suppressed_at: suppressedAt } of decisions.suppressed) {
    if (!known.has(tenantId)) continue;
    await restored.query(
      'insert into suppression (tenant_id, key, group_id, suppressed_at) values ($1, $2, $3, $4) on conflict (tenant_id, key) do update set group_id = excluded.group_id, suppressed_at = excluded.suppressed_at, lifted_at = null',
      [tenantId, key, groupId, suppressedAt],
    );
  }
  const again = await stillThere(restored, decisions.erased);
  const objections = await notKept(restored, decisions.objections.filter(({ tenantId }) => known.has(tenantId)));
  if (again.length === 0 && objections.length === 0) return { erasures: 0, objections: 0, unreadable: 0 };
  const seal = createSeal(check.ring.root, wrappingKeysOf(() => check.ring));
  const means = { seal, signer: createSigner({ seed: signingKey, masterKey: check.ring.root }), places: personalPlaces };
  const faults: Error[] = [];
  const database = await openDatabase({ url: appUrl, connections: 2, clock: systemClock, newId: createIds(systemClock), entities: [], onError: (error) => void faults.push(error), erasureKey: (tenantId) => seal.erasureKey(tenantId) });
  const caller = (tenantId: Id<'Tenant'>) => ({ tenantId, actor: { kind: 'system' as const, id: 'restore' }, requestId: 'restore' });
  const carried = { erasures: 0, objections: 0, unreadable: 0 };
  try {
    for (const { tenantId, purpose, channel, email, wrapped } of objections) {
      const address = readable(() => seal.open(wrapped, email));
      if (address === null) carried.unreadable += 1;
      else {
        await database.transact(caller(tenantId), (work) => revokeConsent(work, seal, revocationReactions, { email: address, purpose, channel, path: [] })).then(
          () => (carried.objections += 1),
          (error: unknown) => {
            // People on the suppression list are skipped.
            if (!(error instanceof Suppressed)) throw error;
          },
        );
      }
    }
    for (const { tenantId, subjectId } of again) {
      if ((await database.transact(caller(tenantId), (work) => repeatErasure(work, means, subjectId))) !== null) carried.erasures += 1;
    }
  } finally {
    await database.close();
  }
  return carried;
}

/** Of people who were erased those whom the backup brought back. */
async function stillThere(restored: RestoredClient, erased: readonly ErasedSubject[]): Promise<ErasedSubject[]> {
  const { rows } = await restored.query<ErasedSubject>(
    `select k.tenant_id as "tenantId", k.subject_id as "subjectId" from subject_key k join unnest($1::uuid[], $2::uuid[]) as e(tenant, subject) on k.tenant_id = e.tenant and k.subject_id = e.subject
     where k.destroyed_at is null order by 1, 2`,
    [erased.map(({ tenantId }) => tenantId), erased.map(({ subjectId }) => subjectId)],
  );
  return rows;
}

/** Of objections those that the backup does not have. The subject's key is the backup's, where it has the subject: keys may have been rotated since. */
async function notKept(restored: RestoredClient, objections: readonly Objection[]): Promise<Objection[]> {
  const { rows } = await restored.query<{ place: string; wrapped: Buffer | null }>(
    `select o.place, k.wrapped_key as wrapped from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality as o(tenant, subject, purpose, channel, place)
     left join subject_key k on k.tenant_id = o.tenant and k.subject_id = o.subject
     where not exists (select from consent c where c.tenant_id = o.tenant and c.subject_id = o.subject and c.purpose = o.purpose and c.channel = o.channel and not c.granted) order by o.place`,
    [objections.map(({ tenantId }) => tenantId), objections.map(({ subjectId }) => subjectId), objections.map(({ purpose }) => purpose), objections.map(({ channel }) => channel)],
  );
  return rows.flatMap(({ place, wrapped }) => {
    const objection = objections[Number(place) - 1];
    return objection ? [{ ...objection, wrapped: wrapped ?? objection.wrapped }] : [];
  });
}

function readable(open: () => string | null): string | null {
  try {
    return open();
  } catch {
    return null;
  }
}
