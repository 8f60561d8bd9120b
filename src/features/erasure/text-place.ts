import type { Id } from '../../platform/ids.ts';
import { mostChanges } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope, TextChange } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountChanged } from '../accounts/index.ts';
import { addressPattern, namePatterns, needlesOf } from './identifiers.ts';


interface Found {
  readonly held: string;
  readonly id: string;
  readonly accountId: Id<'Account'> | null;
  /** Digest of the texts. */
  readonly content: string;
  /** Of the first rows of each kind only. */
  readonly changes: readonly { readonly field: string; readonly before: string; readonly after: string }[] | null;
}

const parameters = '$1::text, $2::text, $3::text, $4::text, $5::uuid[], $6::text[], $7::text[], $8::text';
const find = statement<Found>(
  'texts_about',
  `with text as (select regexp_replace(held, '_history$', '') as held, id, account_id, field, before, after from texts_about(${parameters})),
   found as (
     select held, id, account_id, encode(sha256(convert_to(string_agg(before, E'\\n' order by field, before), 'UTF8')), 'hex') as content, row_number() over (partition by held order by id) as turn
     from text group by held, id, account_id)
   select f.held, f.id, f.account_id as "accountId", f.content,
     case when f.turn <= $9 then (select jsonb_agg(distinct jsonb_build_object('field', t.field, 'before', t.before, 'after', t.after)) from text t where (t.held, t.id) = (f.held, f.id)) end as changes
   from found f order by f.held, f.id`,
);
const disclose = statement<{ held: string; id: string; accountId: string | null; field: string; text: string }>(
  'texts_that_name',
  `select distinct regexp_replace(held, '_history$', '') as held, id, account_id as "accountId", field, before as text from texts_about(${parameters}) order by 1, 2, 4, 5`,
);
const phonesBeside = statement<{ phone: string }>(
  'phones_beside_addresses',
  `select distinct m.value #>> '{}' as phone
   from signal s, jsonb_path_query(s.payload, 'strict $.** ? (@.type() == "object")') as o(value), jsonb_each(o.value) as m(key, value)
   where s.tenant_id = $1 and lower(s.payload::text) like any(any_of($2::text[])) and exists (select from jsonb_each(o.value) e where jsonb_typeof(e.value) = 'string' and e.value #>> '{}' ~ $3)
     and jsonb_typeof(m.value) in ('string', 'number') and m.key ~* '(phone|mobil|cell|handy|fax|(^|[^a-z])tel($|[^a-z]))' and m.value #>> '{}' ~ '^[+0-9][0-9 ()./-]{6,24}$' order by 1`,
);
const erase = statement('erase_texts_about', `select erase_texts_about(${parameters})`);

// Every text of the tenant is looked at: measured on a busy two-core machine, 300,000 signals take 5 s. Until the transaction ends.
const takeTime = statement('erasure_takes_time', `select set_config('statement_timeout', '600000', true)`);

function patterns(person: Person): unknown[] {
  const { anywhere, inIds, nearby, inFreeTexts, parts } = namePatterns(person, '[:alnum:]');
  const { words, digits } = needlesOf(person);
  return [anywhere, inIds, nearby, inFreeTexts, [...person.accountIds], words, digits, parts];
}

async function texts({ sql }: Pick<PersonScope, 'sql'>, person: Person): Promise<Found[]> {
  await sql.rows(takeTime);
  return sql.rows(find, [...patterns(person), mostChanges]);
}

const changesOf = ({ id, accountId, changes }: Found): TextChange[] => (changes ?? []).map((change) => ({ rowId: id, accountId, ...change }));

/** What people wrote in plain text, wherever it stands: every column that `make_erasable` names. */
export const textPlace: PersonalPlace = {
  name: 'texts',
  async phones({ sql, tenantId }, person) {
    const pattern = addressPattern(person);
    if (pattern === null) return [];
    await sql.rows(takeTime);
    return (await sql.rows(phonesBeside, [tenantId, needlesOf({ ...person, names: [], phones: [] }).words, pattern])).map(({ phone }) => phone);
  },
  async find(scope, person) {
    return [...Map.groupBy(await texts(scope, person), ({ held }) => held)].map(([held, rows]) => ({
      kind: `${held.toUpperCase()}_MENTION`,
      ids: rows.map(({ id }) => id),
      content: rows.map(({ id, content }) => `${id} ${content}`),
      changes: rows.flatMap(changesOf),
      kept: true,
      reason: 'It belongs to the account, and stays; [erased] is put where it names the person, in the past too.',
      accountIds: rows.flatMap(({ accountId }) => accountId ?? []),
    }));
  },
  async erase(work, _seal, person) {
    const found = await texts({ sql: work }, person);
    if (found.length === 0) return;
    await work.rows(erase, patterns(person));
    const byAccount = Map.groupBy(found.filter(({ accountId }) => accountId !== null), ({ held, accountId }) => `${accountId ?? ''} ${held}`);
    for (const rows of byAccount.values()) {
      const [{ accountId, held }] = rows as [Found];
      // What is derived from these texts, and what is kept of them in caches, is made anew.
      if (accountId) work.record(accountChanged.fact({ accountId, data: { accountId, what: held, ids: [...new Set(rows.map(({ id }) => id))] } }));
    }
  },
  async disclose({ sql }, person) {
    await sql.rows(takeTime);
    const rows = await sql.rows(disclose, patterns(person));
    return {
      mentions: [...Map.groupBy(rows, ({ held, id }) => `${held} ${id}`).values()].map((texts) => {
        const [{ held, id, accountId }] = texts as [(typeof texts)[number]];
        return { kind: held, id, accountId, texts: texts.map(({ field, text }) => ({ field, text })) };
      }),
    };
  },
};
