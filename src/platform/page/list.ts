import { InvalidInput } from '../errors.ts';
import type { AsOf, Call } from '../graphql/call.ts';
import type { Wanted } from '../graphql/needs.ts';
import { checkPageSize, OrderDirection, type Counted, type OrderBy, type Page } from '../graphql/connection.ts';
import { isDay, parseInstant } from '../graphql/scalars.ts';
import { maskAddresses } from '../mask-addresses.ts';
import { isUuid } from '../ids.ts';
import type { Moment } from '../moment.ts';
import type { Planning, Statement } from '../postgres/statement.ts';
import { tableAt, valueAt, type GivenRows } from '../postgres/tables-at.ts';
import { readCursor, writeCursor, type Position } from './cursor.ts';
import { limited, named, remember } from './list-statements.ts';

const instantForm = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(\.\d{1,6})?)\+00$/;
const numberForm = /^-?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,3})?$/;

/** The SQL types a list can be ordered by, and whether a text is a value of each: cursors come from outside. */
const sortTypes = {
  timestamptz: (text: string) => instantForm.test(text) && parseInstant(text.replace(instantForm, '$1T$2Z')) !== null,
  date: (text: string) => text === 'infinity' || isDay(text),
  int8: (text: string) => /^-?\d{1,18}$/.test(text),
  // Below 1e-300 the database says that it is out of range.
  float8: (text: string) => numberForm.test(text) && Number.isFinite(Number(text)) && (/^-?[0.]+(e|$)/.test(text) || Math.abs(Number(text)) > 1e-300),
  text: (text: string) => text.length <= 2_000,
  uuid: isUuid,
} as const;

/** Adds a value to the statement; answers its placeholder, cast to the SQL type. */
export type Bind = (value: unknown, sqlType: string) => string;

/** What a list is asked below, at a past moment. */
export interface GivenScope<Filter extends object> {
  /** The parents; null for a list of the tenant's own. */
  readonly parents: readonly string[] | null;
  readonly args: ListArgs<Filter>;
  /** Tables that are joined beside the list's own. */
  readonly joined?: readonly string[];
}

/** How conditions and joins name tables: as they were at the moment read for. */
export type TableName = (name: string) => string;

/** A list as the database knows it. In `columns`, `orders` and `filters` the table is called `t`. */
export interface ListSource<Filter extends object> {
  /** The list's name; statements are named after it. */
  readonly name: string;
  /** The table; for a read at a past moment what it was then stands in. */
  readonly table: string;
  /** More tables, joined behind the first. */
  readonly join?: (table: TableName, args: ListArgs<Filter>) => string;
  /** Rows that stand in for tables at a past moment. */
  readonly given?: (call: Call, asOf: Moment, scope: GivenScope<Filter>) => Promise<GivenRows>;
  readonly columns: string;
  /** Of the columns those that these fields of a row are made of, its key included. */
  readonly columnsOf?: (fields: ReadonlySet<string>) => string;
  /** What the list can be ordered by: an expression that is never null, with an index (tenant, parent, expression, id). */
  readonly orders: Readonly<Record<string, ListOrder>>;
  /** One condition per filter field; called only for fields that were given. */
  readonly filters: { readonly [Field in keyof Filter]-?: (value: NonNullable<Filter[Field]>, bind: Bind, table: TableName) => string };
  /** The order when none is asked for. */
  readonly defaultOrder: OrderBy;
  /**
   * When a page or a count is planned. Left out: below parents the plan is kept; a list of the tenant's own is planned by
   * the values of its filter, where it has one.
   */
  readonly plan?: (args: ListArgs<Filter>) => Planning;
  /** A filter field below a parent whose values are read one by one, where an index (tenant, parent, column, order) exists: a page costs its own rows, whatever the history. */
  readonly perValue?: { readonly field: keyof Filter; readonly column: string; readonly type: string };
  /** The number of rows at which counting stops, where it is not the usual one. */
  readonly countedUpTo?: number;
}

/** The numbers of rows at which counting stops, unless the list says otherwise, in the tenant's own lists and below a parent: a count must not read a whole history. */
export const countedUpTo = 10_000;
export const countedBelowParent = 1_000;

/** More values are read as one condition. */
const mostValuesApart = 50;

/** One way to order a list. */
export interface ListOrder {
  readonly by: string;
  readonly type: keyof typeof sortTypes;
  /** The key that breaks ties, as the order's index has it; the row's id unless said otherwise. */
  readonly key?: string;
}

/** What a caller asks of a list. */
export interface ListArgs<Filter extends object> {
  readonly first: number;
  readonly after?: string | null;
  readonly filter?: Filter | null;
  readonly orderBy?: OrderBy | null;
}

/** A row with the position that its cursor says. */
export interface ListedRow {
  readonly uuid: string;
  readonly sortValue: string;
}

/** Which list a cursor is of. */
export type ListPlace = Pick<Position, 'tenantId' | 'order'> & {
  /** Whether the list is ordered by words, which may hold an address. */
  readonly byWords: boolean;
};

/** Stands in a cursor instead of words that hold an address: whoever reads the cursor learns nothing, and the row is looked up by its key. */
const byKey = '\u0001';

interface Built {
  readonly statement: Statement<never>;
  readonly values: unknown[];
}

interface Parts {
  readonly tenantId: string;
  readonly table: TableName;
  readonly bind: Bind;
  readonly values: unknown[];
}

function startStatement(tenantId: string, asOf: AsOf, given: GivenRows = noRows): Parts {
  const values: unknown[] = [tenantId];
  const places = new Map<string, string>();
  const bind: Bind = (value, sqlType) => `$${values.push(value)}::${sqlType}`;
  const stands = new Set(given.keys());
  const bindOnce = (what: string, sqlType: string): string => {
    const place = places.get(what) ?? bind(valueAt(what, asOf, given), sqlType);
    places.set(what, place);
    return place;
  };
  return { tenantId, table: (name) => tableAt(name, asOf, stands, bindOnce), bind, values };
}

const noRows: GivenRows = new Map();

/** The rows that stand in for tables, where the list is read for a past moment. */
export async function givenRows<Filter extends object>(call: Call, source: ListSource<Filter>, asOf: AsOf, scope: GivenScope<Filter>): Promise<GivenRows> {
  return asOf === null || !source.given ? noRows : source.given(call, asOf, scope);
}

function conditions<Filter extends object>(source: ListSource<Filter>, filter: Filter | null | undefined, { bind, table }: Pick<Parts, 'bind' | 'table'>, except?: keyof Filter): string {
  if (!filter) return '';
  const fields = Object.keys(source.filters) as (keyof Filter)[];
  return fields
    .filter((field) => field !== except && filter[field] !== undefined && filter[field] !== null)
    .map((field) => ` and ${source.filters[field](filter[field] as NonNullable<Filter[keyof Filter]>, bind, table)}`)
    .join('');
}

function columnsOf<Filter extends object>(source: ListSource<Filter>, wanted: Wanted | undefined): string {
  return wanted?.fields && source.columnsOf ? source.columnsOf(wanted.fields) : source.columns;
}

interface Ordering {
  readonly by: string;
  readonly direction: 'asc' | 'desc';
  readonly key: string;
  readonly place: ListPlace;
  readonly after: string;
}

function ordering<Filter extends object>(source: ListSource<Filter>, args: ListArgs<Filter>, { tenantId, table, bind }: Parts): Ordering {
  const { field, direction } = args.orderBy ?? source.defaultOrder;
  const order = source.orders[field];
  if (!order) throw new InvalidInput(`This list cannot be ordered by ${field}.`, ['orderBy', 'field']);
  const key = order.key ?? 't.id';
  const place: ListPlace = { tenantId, order: `${source.name}.${field}.${direction}`, byWords: order.type === 'text' };
  const way = direction === OrderDirection.ASC ? ('asc' as const) : ('desc' as const);
  if (args.after === null || args.after === undefined) return { by: order.by, direction: way, key, place, after: '' };
  const position = readCursor(args.after, place);
  if (!sortTypes[order.type](position.value)) throw new InvalidInput('This cursor was not made by this API. Use one from pageInfo or an edge.', ['after']);
  const sign = way === 'asc' ? '>' : '<';
  const last = bind(position.key, 'uuid');
  const value = place.byWords && position.value === byKey ? `(select ${order.by} from ${table(source.table)} t ${source.join?.(table, args) ?? ''} where t.tenant_id = $1 and ${key} = ${last})` : bind(position.value, order.type);
  const after = ` and (${order.by}, ${key}) ${sign} (${value}, ${last})`;
  return { by: order.by, direction: way, key, place, after };
}

/** The page of a list of the tenant's own; one statement. */
export async function readList<Row extends ListedRow, Filter extends object>(
  call: Call,
  source: ListSource<Filter>,
  args: ListArgs<Filter>,
  asOf: AsOf,
  wanted?: Wanted,
): Promise<Page<Row>> {
  checkPageSize(args.first);
  const given = await givenRows(call, source, asOf, { parents: null, args });
  const parts = startStatement(call.tenantId, asOf, given);
  const { table, values } = parts;
  const order = ordering(source, args, parts);
  const filtering = conditions(source, args.filter, parts);
  const text = `select ${columnsOf(source, wanted)}, (${order.by})::text as "sortValue"
    from ${table(source.table)} t ${source.join?.(table, args) ?? ''}
    where t.tenant_id = $1${filtering}${order.after}
    order by ${order.by} ${order.direction}, ${order.key} ${order.direction} limit ${limited}`;
  const plan = source.plan?.(args) ?? (filtering === '' ? 'KEPT' : 'BY_VALUE');
  const rows = (await call.read.rows(named(source.name, text, { plan, limit: args.first + 1 }), values)) as unknown as Row[];
  return toPage(rows, args, order.place, async () => {
    const count = startStatement(call.tenantId, asOf, given);
    const most = source.countedUpTo ?? countedUpTo;
    const counting = `select count(*) as count from (select from ${count.table(source.table)} t ${source.join?.(count.table, args) ?? ''}
      where t.tenant_id = $1${conditions(source, args.filter, count)} limit ${most + 1}) counted`;
    const [counted] = (await call.read.rows(named(`count_${source.name}`, counting, { plan }), count.values)) as unknown as { count: number }[];
    return countedWithin(counted?.count ?? 0, most);
  });
}

/** A count of rows of which at most one more than `most` were read. */
export const countedWithin = (rows: number, most: number): Counted => ({ count: Math.min(rows, most), isExact: rows <= most });

/** A question about all rows that a filter lets through, as one statement. */
export interface Aggregate {
  /** The statement's name. */
  readonly name: string;
  /** What is selected; the table is called `t`. */
  readonly select: (bind: Bind, table: TableName) => string;
  /** More tables, joined behind the list's own. */
  readonly join?: (table: TableName) => string;
  /** The tables in `join`. */
  readonly joined?: readonly string[];
  /** GROUP BY, ORDER BY and LIMIT. */
  readonly tail?: string;
}

/** Figures over the rows of a list of the tenant's own; one statement. */
export async function aggregateList<Row, Filter extends object>(call: Call, source: ListSource<Filter>, { filter, asOf }: { readonly filter: Filter | null; readonly asOf: AsOf }, { name, select, join, joined = [], tail = '' }: Aggregate): Promise<Row[]> {
  const args = { first: 0, filter };
  const parts = startStatement(call.tenantId, asOf, await givenRows(call, source, asOf, { parents: null, args, joined }));
  const { table, bind, values } = parts;
  const selected = select(bind, table);
  const filtering = conditions(source, filter, parts);
  const text = `select ${selected} from ${table(source.table)} t ${source.join?.(table, args) ?? ''} ${join?.(table) ?? ''}
    where t.tenant_id = $1${filtering} ${tail}`;
  return (await call.read.rows(named(name, text, { plan: filtering === '' ? 'KEPT' : 'BY_VALUE' }), values));
}

/** Pages below parents, all with one set of arguments. */
export interface PagesRequest<Filter extends object> {
  readonly tenantId: string;
  readonly parents: readonly string[];
  readonly args: ListArgs<Filter>;
  readonly asOf: AsOf;
  readonly given: GivenRows;
  /** What is selected of the rows; everything when left out. */
  readonly wanted?: Wanted | undefined;
}

/** One page below each of many parents, each `first` long, by one statement; answers the rows by parent. */
export function pagesStatement<Filter extends object>(
  source: ListSource<Filter>,
  parentColumn: string,
  request: PagesRequest<Filter>,
): Built & { place: ListPlace } {
  const { tenantId, parents, args, asOf, given } = request;
  const parts = startStatement(tenantId, asOf, given);
  const { table, bind, values } = parts;
  const parentIds = bind(parents, 'uuid[]');
  const order = ordering(source, args, parts);
  const apart = valuesApart(source, args.filter);
  const filtering = conditions(source, args.filter, parts, apart?.field);
  const joined = source.join?.(table, args) ?? '';
  const apartValues = apart && bind(apart.values, `${apart.type}[]`);
  const limit = args.first + 1;
  const plan = source.plan?.(args);
  const write = (): Statement<never> => {
    const rows = `select ${parentColumn} as parent, ${columnsOf(source, request.wanted)}, (${order.by})::text as "sortValue", ${order.by} as sort
      from ${table(source.table)} t ${joined}
      where t.tenant_id = $1 and ${parentColumn} = parent.id${apart ? ` and ${apart.column} = apart.value` : ''}${filtering}${order.after}
      order by ${order.by} ${order.direction}, ${order.key} ${order.direction} limit ${limited}`;
    const merged = apart
      ? `select each.* from unnest(${apartValues}) as apart(value) cross join lateral (${rows}) each order by each.sort ${order.direction}, each.uuid ${order.direction} limit ${limited}`
      : rows;
    const text = `select page.* from unnest(${parentIds}) with ordinality as parent(id, place) cross join lateral (
      ${merged}
    ) page order by parent.place, page.sort ${order.direction}, page.uuid ${order.direction}`;
    return named(source.name, text, { plan, limit });
  };
  const madeOf = [parentColumn, request.wanted?.key, order.by, order.direction, order.key, order.after, filtering, joined, apartValues, plan, limit];
  return { statement: remember(source, asOf, madeOf, write), values, place: order.place };
}

/** The values that are read one by one, each once; null where the list is read by one condition. */
function valuesApart<Filter extends object>({ perValue }: ListSource<Filter>, filter: Filter | null | undefined): (NonNullable<ListSource<Filter>['perValue']> & { readonly values: readonly unknown[] }) | null {
  const given = perValue && filter?.[perValue.field];
  if (!perValue || !Array.isArray(given)) return null;
  const values = [...new Set<unknown>(given)];
  return values.length > mostValuesApart ? null : { ...perValue, values };
}

/** How many rows match below each of many parents, at most one more than are counted; one statement. */
export function countsStatement<Filter extends object>(
  source: ListSource<Filter>,
  parentColumn: string,
  request: PagesRequest<Filter>,
): Built {
  const { tenantId, parents, args, asOf, given } = request;
  const { table, bind, values } = startStatement(tenantId, asOf, given);
  const text = `select parent.id as parent, counted.count from unnest(${bind(parents, 'uuid[]')}) as parent(id) cross join lateral (
      select count(*) as count from (select from ${table(source.table)} t ${source.join?.(table, args) ?? ''}
        where t.tenant_id = $1 and ${parentColumn} = parent.id${conditions(source, args.filter, { bind, table })} limit ${(source.countedUpTo ?? countedBelowParent) + 1}) found
    ) counted`;
  return { statement: named(`count_${source.name}`, text, { plan: source.plan?.(args) }), values };
}

/** Cuts the one row too many off and writes the cursors. */
export function toPage<Row extends ListedRow>(
  rows: readonly Row[],
  args: { first: number; after?: string | null },
  place: ListPlace,
  count: (call: Call) => Promise<Counted>,
): Page<Row> {
  const shown = rows.length > args.first ? rows.slice(0, args.first) : rows;
  let counted: Promise<Counted> | null = null;
  const edges = shown.map((row) => new Edge(row, place));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > args.first,
      hasPreviousPage: Boolean(args.after),
      // Written when they are selected.
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    countAll: (call) => (counted ??= count(call)),
  };
}

/** An edge; its cursor is only written when it is selected. */
class Edge<Row extends ListedRow> {
  readonly node: Row;
  readonly #place: ListPlace;

  constructor(node: Row, place: ListPlace) {
    this.node = node;
    this.#place = place;
  }

  get cursor(): string {
    const { byWords, ...place } = this.#place;
    const { sortValue, uuid } = this.node;
    return writeCursor({ ...place, value: byWords && maskAddresses(sortValue) !== sortValue ? byKey : sortValue, key: uuid });
  }
}
