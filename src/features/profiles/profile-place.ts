import type { Id } from '../../platform/ids.ts';
import { openMentions, stayingIn } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { portions, portionSize } from '../../platform/postgres/portions.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { thingKey } from '../accounts/index.ts';
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
const every = (table: string, columns: string, which: string): string =>
  `(select ${columns} from ${table} where tenant_id = $1 and ${which} union select ${columns} from ${table}_history where tenant_id = $1 and ${which})`;
const ofSubjects = 'subject_id = any($2::uuid[])';
/** Sealed with the keys of others, a portion: a person may be named in anything. */
const ofOthers = (table: string, columns: string): string => {
  const part = (from: string): string => `(select distinct on (id) ${columns} from ${from} where tenant_id = $1 and subject_id <> all($2::uuid[]) and id > $3 order by id limit ${portionSize})`;
  return `(${part(table)} union ${part(`${table}_history`)})`;
};
const valueColumns = 'id, account_id, subject_id, name, value_type, value_sealed, source_metadata_sealed, recorded_at';
const valuesFrom = (from: string): string =>
  `select distinct on (t.id) t.id, t.account_id as "accountId", t.subject_id as "subjectId", t.name, t.value_type as "valueType", t.value_sealed as value, t.source_metadata_sealed as metadata,
     k.wrapped_key as wrapped, t.recorded_at as "recordedAt"
   from ${from} t join subject_key k on k.tenant_id = $1 and k.subject_id = t.subject_id`;
const values = statement<SealedValue>('profile_values_of_person', `${valuesFrom(every('profile_field', valueColumns, ofSubjects))} and k.destroyed_at is null where t.value_sealed is not null order by t.id`);
const otherValues = statement<SealedValue>('profile_values_of_others', `${valuesFrom(ofOthers('profile_field', valueColumns))} order by t.id limit ${portionSize}`);
const documentColumns = 'id, account_id, subject_id, name_sealed, text_sealed, recorded_at';
const documentsFrom = (from: string): string =>
  `select distinct on (t.id) t.id, t.account_id as "accountId", t.subject_id as "subjectId", t.name_sealed as name, t.text_sealed as text, k.wrapped_key as wrapped, t.recorded_at as "recordedAt"
   from ${from} t join subject_key k on k.tenant_id = $1 and k.subject_id = t.subject_id`;
const documents = statement<SealedDocument>('profile_documents_of_person', `${documentsFrom(every('profile_asset', documentColumns, ofSubjects))} and k.destroyed_at is null where t.text_sealed is not null order by t.id`);
const otherDocuments = statement<SealedDocument>('profile_documents_of_others', `${documentsFrom(ofOthers('profile_asset', documentColumns))} order by t.id limit ${portionSize}`);
const scenarioNames = statement<{ name: string }>('scenarios_of_names', `select g.name from unnest($2::text[]) as g(name) where exists (select from scenario s where s.tenant_id = $1 and thing_key(s.name) = g.name)`);
const emptyValues = statement('erase_profile_values', 'select erase_profile_values($1::uuid[])');
const rewrite = statement('erase_from_documents', 'select erase_from_documents($1::uuid[], $2::bytea[], $3::bytea[])');

type Near = Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>;

/** What is sealed with the person's keys. */
async function own({ sql, tenantId, seal }: Near, person: Person) {
  const asked = [tenantId, [...person.subjects.keys()]];
  return { fields: await sql.rows(values, asked), documents: (await sql.rows(documents, asked)).map((row) => opened(seal, row)) };
}

const opened = (seal: Seal, row: SealedDocument) => ({ ...row, clear: seal.open(row.wrapped, row.text) ?? '', called: seal.open(row.wrapped, row.name) ?? '' });
type Document = ReturnType<typeof opened>;

/** Values that are of a profile or of somebody else, a portion at a time. */
async function* valuesOfOthers({ sql, tenantId, seal }: Near, person: Person): AsyncGenerator<Value[]> {
  for await (const rows of portions(sql, otherValues, [tenantId, [...person.subjects.keys()]])) {
    yield rows.map((row) => ({ ...row, texts: [row.value, row.metadata].map((sealed) => plain(seal.open(row.wrapped, sealed))).join('\n') }));
  }
}

/** Such documents. */
async function* documentsOfOthers({ sql, tenantId, seal }: Near, person: Person): AsyncGenerator<Document[]> {
  for await (const rows of portions(sql, otherDocuments, [tenantId, [...person.subjects.keys()]])) {
    yield rows.map((row) => opened(seal, row));
  }
}

type Value = SealedValue & { readonly texts: string };
const documentTexts = ({ called, clear }: Document) => ({ name: called, text: clear });
const isNamedInValue = (person: Person) => (row: Value): boolean => person.isNamedIn(row.texts, row);
const isNamedInDocument = (person: Person) => (row: Document): boolean => Object.values(documentTexts(row)).some((text) => person.isNamedIn(text, row));

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
    const found = await own(scope, person);
    const open = (type: string): string[] => found.fields.filter(({ valueType }) => valueType === type).map((row) => plain(scope.seal.open(row.wrapped, row.value)));
    // An address in a field is a text, and may be an assistant's or a manager's: it leads to nobody.
    return { accountIds: [...accounts(found.fields), ...accounts(found.documents)], phones: open('PHONE') };
  },
  async things({ sql, tenantId }, { names }) {
    return (await sql.rows(scenarioNames, [tenantId, [...names].map(thingKey)])).map(({ name }) => name);
  },
  async find(scope, person) {
    const { seal } = scope;
    const found = await own(scope, person);
    const [fields, assets] = [openMentions(seal), openMentions(seal)];
    for await (const rows of valuesOfOthers(scope, person)) {
      for (const row of rows) {
        // A value that names them is emptied as a whole: nothing of it stays.
        if (isNamedInValue(person)(row)) fields.add(row, [{ field: row.name, before: row.texts, after: null }]);
        else fields.addStaying(row, stayingIn(person, row, { [row.name]: row.texts }));
      }
    }
    for await (const rows of documentsOfOthers(scope, person)) {
      for (const row of rows) {
        if (isNamedInDocument(person)(row)) assets.add(row, Object.entries(documentTexts(row)).map(([field, before]) => ({ field, before, after: person.without(before, row) })));
        assets.addStaying(row, stayingIn(person, row, documentTexts(row)));
      }
    }
    return [
      { kind: 'PROFILE_FIELD', ids: ids(found.fields), kept: false, reason: 'The value goes with the key, in every version.', accountIds: accounts(found.fields) },
      { kind: 'DOCUMENT', ids: ids(found.documents), content: found.documents.map(({ id, clear }) => `${id} ${seal.fingerprint(clear)}`), kept: false, reason: 'Name and text go with the key, in every version.', accountIds: accounts(found.documents) },
      { kind: 'PROFILE_FIELD_MENTION', ...fields.held(), kept: false, reason: 'The value names the person and is emptied; that there was one stays.' },
      { kind: 'DOCUMENT_MENTION', ...assets.held(), kept: true, reason: 'The document belongs to the account, and stays; [erased] is put where it names the person.' },
    ];
  },
  async erase(work, seal, person) {
    const scope = { sql: work, tenantId: work.tenantId, seal };
    const erased = (rows: readonly SealedValue[]): void => {
      for (const [accountId, theirs] of Map.groupBy(rows, (row) => row.accountId)) work.record(profileFieldErased.fact({ accountId, data: { accountId, profileFieldIds: ids(theirs) } }));
    };
    erased((await own(scope, person)).fields);
    for await (const every of valuesOfOthers(scope, person)) {
      const rows = every.filter(isNamedInValue(person));
      if (rows.length === 0) continue;
      await work.rows(emptyValues, [ids(rows)]);
      erased(rows);
    }
    for await (const every of documentsOfOthers(scope, person)) {
      const rows = every.filter(isNamedInDocument(person));
      const left = (pick: (row: Document) => string): Buffer[] => rows.map((row) => seal.seal(seal.unwrap(row.wrapped), person.without(pick(row), row)));
      if (rows.length > 0) await work.rows(rewrite, [ids(rows), left(({ clear }) => clear), left(({ called }) => called)]);
    }
  },
  async disclose(scope, person) {
    const found = await own(scope, person);
    const read = (row: SealedValue) => ({ id: row.id, accountId: row.accountId, name: row.name, value: parse(scope.seal.open(row.wrapped, row.value)), sourceMetadata: parse(scope.seal.open(row.wrapped, row.metadata)), recordedAt: row.recordedAt });
    const show = ({ id, accountId, called, clear, recordedAt }: Document) => ({ id, accountId, name: called, text: clear, recordedAt });
    const [fields, assets, open]: [object[], object[], object[]] = [[], [], []];
    for await (const rows of valuesOfOthers(scope, person)) {
      for (const row of rows) {
        if (isNamedInValue(person)(row)) fields.push(read(row));
        else for (const text of stayingIn(person, row, { [row.name]: row.texts })) open.push({ kind: 'profile_field', id: row.id, accountId: row.accountId, ...text });
      }
    }
    for await (const rows of documentsOfOthers(scope, person)) {
      for (const row of rows) {
        if (isNamedInDocument(person)(row)) assets.push(show(row));
        for (const text of stayingIn(person, row, documentTexts(row))) open.push({ kind: 'document', id: row.id, accountId: row.accountId, ...text });
      }
    }
    return { profileFields: found.fields.map(read), documents: found.documents.map(show), profileFieldMentions: fields, documentMentions: assets, possibleProfileMentions: open };
  },
};

const parse = (json: string | null): unknown => (json === null ? null : JSON.parse(json));
