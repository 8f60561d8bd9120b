import type { Id } from '../../platform/ids.ts';
import type { Person, StayingName } from '../../platform/postgres/personal-place.ts';
import { portionSize } from '../../platform/postgres/portions.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { statedKinds } from '../accounts/index.ts';
import { scanJson } from './json-person.ts';
import { nameMatcher, type NameMatcher } from './name-matcher.ts';
import { needlesOf } from './needles.ts';
import { takeTime, type FoundRow } from './text-rows.ts';

interface StatementRow {
  readonly id: string;
  readonly matchedId: string;
  readonly rootId: string;
  readonly nodeId: string;
  readonly nodeType: string;
  readonly accountId: Id<'Account'> | null;
  readonly isNear: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A statement that names a person, or may, as the row that it is projected to: with the columns of its table. */
export interface FoundStatement extends FoundRow {
  readonly statementId: string;
  readonly nodeType: string;
  readonly nodeId: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The fields without the person. */
  readonly left: Readonly<Record<string, unknown>>;
}

/** Nodes with a statement that may name the person, each with all statements of the nodes that it is one with. */
const search = statement<StatementRow>(
  'statements_to_search',
  `with needle as materialized (select any_of($3::text[]) as strong, any_of($4::text[]) as short, any_of($6::text[]) as weak, any_of($7::text[]) as digits),
   matched as (
     select distinct s.node_id from source_statement s cross join needle n
     left join node_identity i on i.tenant_id = s.tenant_id and i.id = coalesce(s.account_id, s.node_id)
     cross join lateral (select seen(json_texts(s.fields)) as seen offset 0) x
     where s.tenant_id = $1 and s.node_id > $8 and (x.seen like any(n.strong)
       or cardinality(n.short) > 0 and x.seen like any(n.short) and x.seen ~ $5
       or cardinality(n.weak) > 0 and (i.survivor_id = any($2::uuid[]) or i.id = any($2::uuid[])) and x.seen like any(n.weak)
       or cardinality(n.digits) > 0 and translate(x.seen, ' ()./-'||chr(10)||U&'\\2010\\2011\\2012\\2013', '') like any(n.digits)
       or (strpos(x.seen, '%') > 0 or strpos(x.seen, '&') > 0 or strpos(x.seen, chr(92)) > 0) and x.seen ~ '%[c-f][0-9a-f]|\\\\u[0-9a-f]{4}|&[#a-z]')
     order by s.node_id limit ${portionSize}),
   grouped as (select m.node_id as matched, coalesce(i.survivor_id, m.node_id) as root from matched m left join node_identity i on i.tenant_id = $1 and i.id = m.node_id),
   member as (select matched, root, root as id from grouped union select g.matched, g.root, i.id from grouped g join node_identity i on i.tenant_id = $1 and i.survivor_id = g.root)
   select s.id, m.matched as "matchedId", m.root as "rootId", s.node_id as "nodeId", s.node_type as "nodeType", coalesce(a.survivor_id, s.account_id) as "accountId",
     coalesce(a.survivor_id = any($2::uuid[]) or a.id = any($2::uuid[]), false) as "isNear", s.fields
   from member m join source_statement s on s.tenant_id = $1 and s.node_id = m.id
   left join node_identity a on a.tenant_id = s.tenant_id and a.id = coalesce(s.account_id, s.node_id)
   order by m.matched, s.id`,
);

const formsOf = statement<{ place: string; form: string; isFree: boolean }>('forms_of_personal_texts', `select table_name || '.' || column_name as place, form, is_free as "isFree" from personal_text where table_name = any($1::text[])`);

const kinds = new Map(statedKinds.map((kind) => [kind.type, kind]));

/** Statements that name the person, or may. A statement is looked at with all that was said of its node, so that it loses at least what the node's row loses. */
export async function* statementTexts(sql: Sql, tenantId: string, person: Person): AsyncGenerator<readonly FoundStatement[]> {
  const matcher = nameMatcher(person);
  await sql.rows(takeTime);
  const forms = new Map((await sql.rows(formsOf, [statedKinds.map(({ table }) => table)])).map((each) => [each.place, each]));
  const { strong, short, shortPattern, weak, digits } = needlesOf(person);
  const done = new Set<string>();
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await sql.rows(search, [tenantId, [...person.accountIds], strong, short, shortPattern, weak, digits, after]);
    const groups = [...Map.groupBy(rows, ({ rootId }) => rootId)].filter(([rootId]) => !done.has(rootId));
    const found = groups.flatMap(([, own]) => scanGroup([...new Map(own.map((row) => [row.id, row])).values()], { person, matcher, forms }));
    if (found.length > 0) yield found;
    // A merged node is found by each of its nodes.
    for (const { rootId, nodeId } of rows) if (nodeId !== rootId) done.add(rootId);
    const last = rows.at(-1)?.matchedId;
    if (last === undefined || new Set(rows.map(({ matchedId }) => matchedId)).size < portionSize) return;
    after = last;
  }
}

interface Scanning {
  readonly person: Person;
  readonly matcher: NameMatcher;
  readonly forms: ReadonlyMap<string, { readonly form: string; readonly isFree: boolean }>;
}

interface Cell {
  readonly field: string;
  readonly column: string;
  readonly isOnly: boolean;
  readonly form: string;
  readonly free: boolean;
  readonly before: string;
}

function scanGroup(group: readonly StatementRow[], { person, matcher, forms }: Scanning): FoundStatement[] {
  const told = group.map((row) => ({ row, cells: cellsOf(row, forms) }));
  const all = group.some(({ rootId, nodeId }) => person.includedRows.has(rootId) || person.includedRows.has(nodeId));
  const scan = ({ form, free, before }: Cell, near: boolean): { readonly left: string; readonly stays: readonly StayingName[] } => {
    const looking = { near, free, ids: form === 'key' || form === 'id', all };
    return form === 'json' || form === 'list' ? scanJson(matcher, before, looking) : matcher.scan(before, looking);
  };
  // What is said of a node that somebody names the person in is about them: there, single words are theirs.
  const near = group.some(({ isNear }) => isNear) || told.some(({ cells }) => cells.some((cell) => scan(cell, false).left !== cell.before));
  return told.flatMap(({ row, cells }) => {
    const texts = cells.map((cell) => ({ cell, ...scan(cell, near) }));
    if (texts.every(({ cell, left, stays }) => cell.before === left && stays.length === 0)) return [];
    const left: Record<string, unknown> = { ...row.fields };
    for (const { cell, left: after } of texts) {
      if (after === cell.before) continue;
      const value: unknown = cell.form === 'json' || cell.form === 'list' ? JSON.parse(after) : after;
      left[cell.field] = cell.isOnly ? value : { ...(left[cell.field] as Record<string, unknown>), [cell.column]: value };
    }
    const { id, rootId, nodeId, nodeType, accountId, fields } = row;
    return [{ held: kinds.get(nodeType)?.table ?? nodeType, id: rootId, accountId: nodeType === 'Account' ? (rootId as Id<'Account'>) : accountId, statementId: id, nodeType, nodeId, fields, left, texts: texts.map(({ cell, left: after, stays }) => ({ field: cell.column, before: cell.before, after, stays })) }];
  });
}

/** The texts of a statement, by the columns that they are projected to. What is sealed is not looked into here. */
function cellsOf({ nodeType, fields }: StatementRow, forms: Scanning['forms']): Cell[] {
  const kind = kinds.get(nodeType);
  const reason = fields['reason'];
  // Why something was retired: only such statements say it.
  const why: Cell[] = typeof reason === 'string' ? [{ field: 'reason', column: 'reason', isOnly: true, form: 'text', free: true, before: reason }] : [];
  return [...(kind?.fields ?? [])].flatMap(([field, { sql, sealed }]) => {
    const value = fields[field];
    if (sealed || value === null || value === undefined) return [];
    const columns = Object.keys(sql);
    return columns.flatMap((column) => {
      const known = forms.get(`${kind?.table}.${column}`);
      const held = columns.length === 1 ? value : (value as Record<string, unknown>)[column];
      if (!known || held === null || held === undefined) return [];
      return [{ field, column, isOnly: columns.length === 1, form: known.form, free: known.isFree, before: typeof held === 'string' ? held : JSON.stringify(held) }];
    });
  }).concat(why);
}
