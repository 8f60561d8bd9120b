import type { Id } from '../../platform/ids.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountChanged } from '../accounts/index.ts';
import { namePatterns, needlesOf } from './identifiers.ts';

interface Found {
  readonly held: string;
  readonly id: string;
  readonly accountId: Id<'Account'> | null;
}

const parameters = '$1::text, $2::text, $3::text, $4::text, $5::uuid[], $6::text[], $7::text[]';
const find = statement<Found>('texts_about', `select distinct regexp_replace(held, '_history$', '') as held, id, account_id as "accountId" from texts_about(${parameters}) order by held, id`);
const erase = statement('erase_texts_about', `select erase_texts_about(${parameters})`);

// Every text of the tenant is looked at: measured on a busy two-core machine, 300,000 signals take 5 s. Until the transaction ends.
const takeTime = statement('erasure_takes_time', `select set_config('statement_timeout', '600000', true)`);

function patterns(person: Person): unknown[] {
  const [text, json] = [namePatterns(person, '[:alnum:]'), namePatterns(person, '[:alnum:]', true)];
  const { words, digits } = needlesOf(person);
  return [text.anywhere, json.anywhere, text.nearby, json.nearby, [...person.accountIds], words, digits];
}

async function texts({ sql }: Pick<PersonScope, 'sql'>, person: Person): Promise<Found[]> {
  await sql.rows(takeTime);
  return sql.rows(find, patterns(person));
}

/** What people wrote in plain text, wherever it stands: every column that `make_erasable` names. */
export const textPlace: PersonalPlace = {
  name: 'texts',
  async find(scope, person) {
    return [...Map.groupBy(await texts(scope, person), ({ held }) => held)].map(([held, rows]) => ({
      kind: `${held.toUpperCase()}_MENTION`,
      ids: rows.map(({ id }) => id),
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
  async disclose(scope, person) {
    return { mentions: (await texts(scope, person)).map(({ held, id, accountId }) => ({ kind: held, id, accountId })) };
  },
};
