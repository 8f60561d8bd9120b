import { InvalidInput } from '../../platform/errors.ts';
import { fold } from '../../platform/fold.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { checkPageSize, type Page } from '../../platform/graphql/connection.ts';
import type { NodeRow } from '../../platform/graphql/node.ts';
import { hiddenEmail, hiddenPhone, maskAddresses } from '../../platform/mask-addresses.ts';
import { toPage, type ListedRow } from '../../platform/page/list.ts';
import { readCursor } from '../../platform/page/cursor.ts';
import { normaliseEmail } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { seesAddresses } from '../access/index.ts';
import { accountById, contacts, nameWords, wordDigest } from '../accounts/index.ts';
import { readsPersonalData } from '../profiles/index.ts';
import { containedScore, textScore } from './search-score.ts';
import type { SearchMatch } from './search.type.ts';

/** The most rows that one kind of match brings, before they are ranked. */
const mostCandidates = 200;
const longestText = 200;

interface Found {
  readonly type: 'Account' | 'Contact';
  readonly id: string;
  readonly matched: SearchMatch[];
}

/** A hit as its page has it. */
export interface SearchRow extends ListedRow {
  readonly score: number;
  readonly matched: readonly SearchMatch[];
  readonly node: NodeRow;
}

const accountsLike = statement<{ id: string; field: string; held: string }>(
  'search_accounts',
  'select account_id as id, field, held from accounts_like(search_form($1), search_pattern(search_form($1)), $2) where held is not null',
);
const contactsWithWords = statement<{ id: string }>('search_contacts', 'select id from contacts_with_words($1::bigint[], $2) as id');
const contactsOfAddress = statement<{ id: string }>(
  'search_contacts_by_address',
  `select c.id from subject_key k join contact c on c.tenant_id = k.tenant_id and c.subject_id = k.subject_id
   where k.tenant_id = $1 and k.lookup = $2 and k.destroyed_at is null order by c.id limit $3`,
);

const fields: Readonly<Record<string, { readonly field: SearchMatch['field']; readonly weight: number }>> = {
  name: { field: 'NAME', weight: 1 },
  domain: { field: 'DOMAIN', weight: 0.95 },
  externalRef: { field: 'EXTERNAL_REF', weight: 0.95 },
  owner: { field: 'OWNER', weight: 0.7 },
  csm: { field: 'CSM', weight: 0.7 },
};
const weightOf = new Map([...Object.values(fields).map(({ field, weight }) => [field, weight] as const), ['EMAIL', 1] as const]);

/** Accounts and contacts that a text finds, the best first; at most five statements, whatever is found. */
export async function search(call: Call, text: string, page: { readonly first: number; readonly after?: string | null }): Promise<Page<SearchRow>> {
  checkPageSize(page.first);
  const place = { tenantId: call.tenantId, order: 'search', byWords: false };
  const after = page.after === null || page.after === undefined ? null : readCursor(page.after, place);
  const searched = text.trim();
  if (searched.length < 2 || searched.length > longestText) throw new InvalidInput(`text must have 2 to ${longestText} characters.`, ['text']);
  const found = await Promise.all([findAccounts(call, searched), findContacts(call, searched), findAddresses(call, searched)]);
  const rows = (await rank(call, fold(searched).text, merge(found.flat()))).filter((row) => after === null || isBehind(row, after));
  return toPage(rows, page, place, async () => ({ count: rows.length, isExact: true }));
}

const isBehind = (row: SearchRow, { value, key }: { readonly value: string; readonly key: string }): boolean => row.score < Number(value) || (row.score === Number(value) && row.uuid > key);

async function findAccounts(call: Call, text: string): Promise<Found[]> {
  const rows = await call.read.rows(accountsLike, [text, mostCandidates]);
  // Ranked by what is left, see scoreOf: an address that the caller may not see finds nothing.
  const clear = seesAddresses(call);
  return rows.map(({ id, field, held }) => ({ type: 'Account', id, matched: [{ field: fields[field]?.field ?? 'NAME', text: clear ? held : maskAddresses(held) }] }));
}

async function findContacts(call: Call, text: string): Promise<Found[]> {
  const words = nameWords(fold(text).text).slice(0, 5).map((word) => [...word].slice(0, 24).join(''));
  if (words.length === 0) return [];
  const rows = await call.read.rows(contactsWithWords, [words.map((word) => wordDigest(call.seal, call.tenantId, word)), mostCandidates]);
  return rows.map(({ id }) => ({ type: 'Contact', id, matched: [] }));
}

/** Whose whole address the text is; only for those who may see addresses, so that nobody else learns who has one. */
async function findAddresses(call: Call, text: string): Promise<Found[]> {
  if (!text.includes('@') || !readsPersonalData(call)) return [];
  const rows = await call.read.rows(contactsOfAddress, [call.tenantId, call.seal.lookup(call.tenantId, { email: text }), mostCandidates]);
  return rows.map(({ id }) => ({ type: 'Contact', id, matched: [{ field: 'EMAIL', text: normaliseEmail(text) }] }));
}

function merge(found: readonly Found[]): Found[] {
  const byId = new Map<string, Found>();
  for (const each of found) {
    const known = byId.get(each.id);
    if (known) known.matched.push(...each.matched);
    else byId.set(each.id, { ...each, matched: [...each.matched] });
  }
  return [...byId.values()];
}

type Hit = NodeRow & { readonly name?: unknown; readonly retiredAt?: string | null };

async function rank(call: Call, searched: string, found: readonly Found[]): Promise<SearchRow[]> {
  const loaded = await Promise.all(found.map(async (each) => ({ each, node: await ask<string, Hit | null>(call, each.type === 'Account' ? accountById : contacts.byId, null, each.id) })));
  // A retired account is read by its id, but not found. What was merged is found as the survivor, once.
  const shown = loaded.flatMap(({ each, node }) => (node && !node.retiredAt ? [{ ...each, id: node.uuid, node }] : []));
  const nodes = new Map(shown.map(({ id, node }) => [id, node]));
  const rows = merge(shown).map(({ type, id, matched }): SearchRow | null => {
    const node = nodes.get(id);
    if (!node) return null;
    const places = type === 'Contact' && typeof node.name === 'string' ? [...matched, { field: 'NAME', text: node.name } as const] : matched;
    const ranked = unique(places).map((match) => ({ match, score: scoreOf(searched, match.text) * (weightOf.get(match.field) ?? 1) })).toSorted((one, other) => other.score - one.score);
    const best = ranked[0]?.score ?? 0;
    return best === 0 ? null : { uuid: id, sortValue: String(best), score: best, matched: ranked.filter(({ score }) => score > 0).map(({ match }) => match), node };
  });
  return rows.filter((row) => row !== null).toSorted((one, other) => other.score - one.score || (one.uuid < other.uuid ? -1 : 1));
}

/** A text that is masked in part is found by a part that is not: a resemblance to the rest would tell what is hidden, letter by letter. */
function scoreOf(searched: string, text: string): number {
  const shown = text.replaceAll(hiddenEmail, ' ').replaceAll(hiddenPhone, ' ');
  const score = textScore(searched, fold(shown).text);
  return shown !== text && score < containedScore ? 0 : score;
}

const unique = (matches: readonly SearchMatch[]): SearchMatch[] => [...new Map(matches.map((match) => [`${match.field}\n${match.text}`, match])).values()];
