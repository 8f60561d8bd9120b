import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';

/** A document of a profile, opened to be read. */
export interface GapDocument {
  readonly id: Id<'ProfileAsset'>;
  readonly name: string;
  readonly text: string;
  /** Whose data it is; what is read out of it is theirs, too. */
  readonly subjectId: Id<'Subject'>;
  /** When it was true. RFC 3339. */
  readonly occurredAt: string;
}

/** How many documents are read, the latest first. */
export const mostDocuments = 5;

interface Row extends Omit<GapDocument, 'text'> {
  readonly sealed: Buffer | null;
  readonly wrappedKey: Buffer | null;
}

const latest = statement<Row>(
  'documents_to_read',
  `select a.id, a.name, a.subject_id as "subjectId", a.text_sealed as sealed, k.wrapped_key as "wrappedKey", a.occurred_at as "occurredAt"
   from profile_asset a join subject_key k on k.tenant_id = a.tenant_id and k.subject_id = a.subject_id
   where a.tenant_id = $1 and a.account_id = $2 and a.text_sealed is not null and k.wrapped_key is not null
   order by a.occurred_at desc, a.id desc limit ${mostDocuments}`,
);

/** The latest documents of a profile that have a text and whose subjects are not erased, the latest first. */
export async function documentsToRead(sql: Sql, seal: Seal, profile: { readonly tenantId: string; readonly accountId: string }): Promise<GapDocument[]> {
  const rows = await sql.rows(latest, [profile.tenantId, profile.accountId]);
  return rows.flatMap(({ sealed, wrappedKey, ...document }): GapDocument[] => {
    const text = seal.open(wrappedKey, sealed);
    return text === null || text.trim() === '' ? [] : [{ ...document, text }];
  });
}
