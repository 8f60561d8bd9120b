import { openMentions, type Mentions } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountChanged, reprojectNodes, statedKinds } from '../accounts/index.ts';
import { erasedDigest } from '../sources/index.ts';
import { phonesBeside } from './json-person.ts';
import { nameMatcher } from './name-matcher.ts';
import { statementTexts, type FoundStatement } from './statement-texts.ts';
import { portionsOfTexts, textRows, takeTime, type FoundRow } from './text-rows.ts';

const erase = statement('erase_from_texts', 'select erase_from_texts($1, $2::uuid[], $3::jsonb[], $4::jsonb[])');

const eraseStated = statement('erase_from_statements', 'select erase_from_statements($1::uuid[], $2::jsonb[], $3::jsonb[], $4::jsonb[])');
const typeOf = new Map(statedKinds.map(({ table, type }) => [table, type]));

/** A table, its past and what sources said about its rows are one kind. */
const kindOf = ({ held }: { readonly held: string }): string => held.replace(/_history$/, '');

function write({ rows }: { readonly rows: readonly FoundRow[] }): unknown[] {
  return [rows[0]?.held, rows.map(({ id }) => id), rows.map(({ texts }) => JSON.stringify(Object.fromEntries(texts.map(({ field, before }) => [field, before])))), rows.map(({ texts }) => JSON.stringify(Object.fromEntries(texts.flatMap(({ field, before, after }) => (before === after ? [] : [[field, after]])))))];
}

/** Rows and statements that name a person, or may. */
async function* allTexts({ sql, tenantId }: Pick<PersonScope, 'sql' | 'tenantId'>, person: Person): AsyncGenerator<readonly FoundRow[]> {
  yield* textRows(sql, person);
  yield* statementTexts(sql, tenantId, person);
}

const isNamed = ({ texts }: FoundRow): boolean => texts.some(({ before, after }) => before !== after);

async function eraseStatements(work: Work, seal: Seal, found: readonly FoundStatement[]): Promise<void> {
  const digests = found.map(({ nodeId, fields, left }) => Object.fromEntries(Object.entries(fields).flatMap(([field, value]) => (left[field] === value ? [] : [[field, erasedDigest(seal, { nodeId, field, value })]]))));
  await work.rows(eraseStated, [found.map(({ statementId }) => statementId), found.map(({ fields }) => JSON.stringify(fields)), found.map(({ left }) => JSON.stringify(left)), digests.map((each) => JSON.stringify(each))]);
}

/** What people wrote in plain text, wherever it stands: every column that `make_erasable` names, and what sources said. */
export const textPlace: PersonalPlace = {
  name: 'texts',
  async phones({ sql }, person) {
    // Beside an address of theirs; beside a name it may be anybody's.
    const known: Person = { ...person, names: new Set(), phones: new Set() };
    const matcher = nameMatcher(known);
    const found = new Set<string>();
    if (known.emails.size === 0) return [];
    await sql.rows(takeTime);
    for await (const rows of portionsOfTexts(sql, known, ['signal'])) {
      for (const { forms, told } of rows) for (const [index, form] of forms.entries()) if (form === 'json') for (const phone of phonesBeside(matcher, told[index] ?? 'null')) found.add(phone);
    }
    return [...found];
  },
  async find(scope, person) {
    const kinds = new Map<string, Mentions>();
    for await (const rows of allTexts(scope, person)) {
      for (const row of rows) {
        const mentions = kinds.get(kindOf(row)) ?? openMentions(scope.seal);
        kinds.set(kindOf(row), mentions);
        const changed = row.texts.flatMap(({ field, before, after }) => (before === null || before === after ? [] : [{ field, before, after }]));
        if (changed.length > 0) mentions.add(row, changed);
        mentions.addStaying(row, row.texts.flatMap(({ field, before, stays }) => stays.map((each) => ({ field, text: before ?? '', ...each }))));
      }
    }
    return [...kinds].map(([kind, mentions]) => ({ kind: `${kind.toUpperCase()}_MENTION`, ...mentions.held(), kept: true, reason: 'It belongs to the account, and stays; [erased] is put where it names the person, in the past too.' }));
  },
  async erase(work, seal, person) {
    const changed = new Map<string, { readonly accountId: NonNullable<FoundRow['accountId']>; readonly what: string; readonly ids: Set<string> }>();
    const places = new Set<string>();
    const nodes = new Map<string, Set<string>>();
    const note = ({ accountId, id, ...row }: FoundRow): void => {
      const type = typeOf.get(kindOf(row));
      if (type !== undefined) nodes.set(type, (nodes.get(type) ?? new Set()).add(id));
      if (accountId === null) return;
      const known = changed.get(`${accountId} ${kindOf(row)}`) ?? { accountId, what: kindOf(row), ids: new Set<string>() };
      changed.set(`${accountId} ${kindOf(row)}`, known);
      known.ids.add(id);
    };
    const sweep = async (only: readonly string[] | null): Promise<void> => {
      for await (const found of textRows(work, person, only)) {
        const named = found.filter(isNamed);
        for (const [held, rows] of Map.groupBy(named, (row) => row.held)) {
          places.add(held);
          await work.rows(erase, write({ rows }));
        }
        named.forEach(note);
      }
    };
    await sweep(null);
    // The versions that were current until now are in the past since, as they were.
    if (places.size > 0) await sweep([...places].filter((place) => !place.endsWith('_history')).map((place) => `${place}_history`));
    for await (const found of statementTexts(work, work.tenantId, person)) {
      const named = found.filter(isNamed);
      if (named.length > 0) await eraseStatements(work, seal, named);
      named.forEach(note);
    }
    // The rows are what the statements imply, as before: also where a statement lost more than the row did.
    await reprojectNodes(work, seal, nodes);
    // What is derived from these texts, cached values included, is recomputed.
    for (const { accountId, what, ids } of changed.values()) work.record(accountChanged.fact({ accountId, data: { accountId, what, ids: [...ids] } }));
  },
  async disclose(scope, person) {
    const [mentions, possible] = [new Map<string, Disclosed>(), new Map<string, Disclosed>()];
    for await (const rows of allTexts(scope, person)) {
      for (const row of rows) {
        for (const { field, before, after, stays } of row.texts) {
          if (before !== null && before !== after) put(mentions, row, { field, text: before });
          for (const { found, reason } of stays) put(possible, row, { field, text: before ?? '', found, reason });
        }
      }
    }
    return { mentions: [...mentions.values()], possibleMentions: [...possible.values()] };
  },
};

interface Disclosed {
  readonly kind: string;
  readonly id: string;
  readonly accountId: string | null;
  readonly texts: object[];
}

function put(all: Map<string, Disclosed>, row: FoundRow, text: object): void {
  const key = `${kindOf(row)} ${row.id}`;
  const known = all.get(key) ?? { kind: kindOf(row), id: row.id, accountId: row.accountId, texts: [] };
  all.set(key, known);
  if (!known.texts.some((each) => JSON.stringify(each) === JSON.stringify(text))) known.texts.push(text);
}
