import type { Id } from '../../platform/ids.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { profileFieldErased } from './profiles.events.ts';

interface SealedValue {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  readonly name: string;
  readonly valueType: string;
  readonly value: Buffer | null;
  readonly metadata: Buffer | null;
  readonly wrapped: Buffer;
  readonly recordedAt: string;
}

interface SealedDocument {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  readonly name: Buffer | null;
  readonly text: Buffer | null;
  readonly wrapped: Buffer;
  readonly recordedAt: string;
}

// Also of what was deleted since: its past can still be read.
const every = (table: string, columns: string): string =>
  `(select ${columns} from ${table} where tenant_id = $1 and (subject_id = any($2::uuid[]) or account_id = any($3::uuid[]))
    union select ${columns} from ${table}_history where tenant_id = $1 and (subject_id = any($2::uuid[]) or account_id = any($3::uuid[])))`;
const values = statement<SealedValue>(
  'profile_values_near_person',
  `select distinct on (t.id) t.id, t.account_id as "accountId", t.subject_id as "subjectId", t.name, t.value_type as "valueType", t.value_sealed as value, t.source_metadata_sealed as metadata,
     k.wrapped_key as wrapped, t.recorded_at as "recordedAt"
   from ${every('profile_field', 'id, account_id, subject_id, name, value_type, value_sealed, source_metadata_sealed, recorded_at')} t
   join subject_key k on k.tenant_id = $1 and k.subject_id = t.subject_id and k.destroyed_at is null where t.value_sealed is not null order by t.id`,
);
const documents = statement<SealedDocument>(
  'profile_documents_near_person',
  `select distinct on (t.id) t.id, t.account_id as "accountId", t.subject_id as "subjectId", t.name_sealed as name, t.text_sealed as text, k.wrapped_key as wrapped, t.recorded_at as "recordedAt"
   from ${every('profile_asset', 'id, account_id, subject_id, name_sealed, text_sealed, recorded_at')} t
   join subject_key k on k.tenant_id = $1 and k.subject_id = t.subject_id and k.destroyed_at is null where t.text_sealed is not null order by t.id`,
);
const emptyValues = statement('erase_profile_values', 'select erase_profile_values($1::uuid[])');
const rewrite = statement('erase_from_documents', 'select erase_from_documents($1::uuid[], $2::bytea[], $3::bytea[])');

type Near = Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>;

/** What is theirs, and what is of a profile or of somebody else and names them. */
async function near({ sql, tenantId, seal }: Near, person: Person, accountIds: Iterable<string> = person.accountIds) {
  const asked = [tenantId, [...person.subjects.keys()], [...accountIds]];
  const own = ({ subjectId }: { readonly subjectId: Id<'Subject'> }): boolean => person.subjects.has(subjectId);
  const fields = await sql.rows(values, asked);
  const assets = (await sql.rows(documents, asked)).map((row) => ({ ...row, clear: seal.open(row.wrapped, row.text) ?? '', called: seal.open(row.wrapped, row.name) ?? '' }));
  const names = (row: SealedValue): boolean => [row.value, row.metadata].some((sealed) => person.isNamedIn(plain(seal.open(row.wrapped, sealed)), row.accountId));
  return {
    ownFields: fields.filter(own),
    ownDocuments: assets.filter(own),
    fields: fields.filter((row) => !own(row) && names(row)),
    documents: assets.filter((row) => !own(row) && [row.clear, row.called].some((text) => person.isNamedIn(text, row.accountId))),
  };
}

/** The texts in a JSON value, as they are meant. */
function plain(json: string | null): string {
  if (json === null) return '';
  const texts = (value: unknown): string[] => (typeof value === 'string' ? [value] : value !== null && typeof value === 'object' ? Object.entries(value).flatMap(([key, member]) => [key, ...texts(member)]) : [JSON.stringify(value)]);
  return texts(JSON.parse(json)).join('\n');
}

const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
const accounts = (rows: readonly { readonly accountId: Id<'Account'> }[]): Id<'Account'>[] => rows.map(({ accountId }) => accountId);

/** Values and documents of profiles: those of the person go with the key, those that name them lose the value or the words. */
export const profilePlace: PersonalPlace = {
  name: 'profiles',
  async trace(scope, person) {
    const { ownFields, ownDocuments } = await near(scope, person, []);
    const open = (type: string): string[] => ownFields.filter(({ valueType }) => valueType === type).map((row) => plain(scope.seal.open(row.wrapped, row.value)));
    return { accountIds: [...accounts(ownFields), ...accounts(ownDocuments)], phones: open('PHONE'), emails: open('EMAIL') };
  },
  async find(scope, person) {
    const found = await near(scope, person);
    return [
      { kind: 'PROFILE_FIELD', ids: ids(found.ownFields), kept: false, reason: 'The value goes with the key, in every version.', accountIds: accounts(found.ownFields) },
      { kind: 'DOCUMENT', ids: ids(found.ownDocuments), kept: false, reason: 'Name and text go with the key, in every version.', accountIds: accounts(found.ownDocuments) },
      { kind: 'PROFILE_FIELD_MENTION', ids: ids(found.fields), kept: false, reason: 'The value names the person and is emptied; that there was one stays.', accountIds: accounts(found.fields) },
      { kind: 'DOCUMENT_MENTION', ids: ids(found.documents), kept: true, reason: 'The document belongs to the account, and stays; [erased] is put where it names the person.', accountIds: accounts(found.documents) },
    ];
  },
  async erase(work, seal, person) {
    const found = await near({ sql: work, tenantId: work.tenantId, seal }, person);
    if (found.fields.length > 0) await work.rows(emptyValues, [ids(found.fields)]);
    const left = (pick: (row: (typeof found.documents)[number]) => string): Buffer[] => found.documents.map((row) => seal.seal(seal.unwrap(row.wrapped), person.without(pick(row), row.accountId)));
    if (found.documents.length > 0) await work.rows(rewrite, [ids(found.documents), left(({ clear }) => clear), left(({ called }) => called)]);
    const touched = [...found.ownFields, ...found.fields];
    for (const [accountId, own] of Map.groupBy(touched, (row) => row.accountId)) work.record(profileFieldErased.fact({ accountId, data: { accountId, profileFieldIds: ids(own) } }));
  },
  async disclose(scope, person) {
    const found = await near(scope, person);
    const read = (row: SealedValue) => ({ id: row.id, accountId: row.accountId, name: row.name, value: parse(scope.seal.open(row.wrapped, row.value)), sourceMetadata: parse(scope.seal.open(row.wrapped, row.metadata)), recordedAt: row.recordedAt });
    const show = ({ id, accountId, called, clear, recordedAt }: (typeof found.documents)[number]) => ({ id, accountId, name: called, text: clear, recordedAt });
    return { profileFields: found.ownFields.map(read), documents: found.ownDocuments.map(show), profileFieldMentions: found.fields.map(read), documentMentions: found.documents.map(show) };
  },
};

const parse = (json: string | null): unknown => (json === null ? null : JSON.parse(json));
