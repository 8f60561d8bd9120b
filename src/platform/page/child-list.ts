import { canonicalJson } from '../canonical-json.ts';
import { ask, type AsOf, type Call, type Question } from '../graphql/call.ts';
import { checkPageSize, type Counted, type Page } from '../graphql/connection.ts';
import type { Wanted } from '../graphql/needs.ts';
import { countedBelowParent, countedWithin, countsStatement, givenRows, pagesStatement, toPage, type ListArgs, type ListedRow, type ListSource } from './list.ts';

interface ChildKey<Filter extends object> {
  readonly parent: string;
  readonly args: ListArgs<Filter>;
  /** The arguments and the selected columns as text: keys with equal text share one statement. */
  readonly shape: string;
}

interface PageKey<Filter extends object> extends ChildKey<Filter> {
  readonly wanted: Wanted | undefined;
  readonly count: ChildKey<Filter>;
}

/** A list below a parent, such as the opportunities of an account. */
export interface ChildList<Row, Filter extends object> {
  /**
   * The page below one parent; pages asked in one turn with equal arguments travel in one statement. `wanted` says what is
   * selected of its rows, and whether they are counted: the count then travels with the page.
   */
  page(call: Call, parent: string, args: ListArgs<Filter>, asOf: AsOf, wanted?: Wanted): Promise<Page<Row>>;
}

/** Declares a list below a parent. `parentColumn` is the list's own, unless it names a joined table: `i.survivor_id`. `prepare` turns the database's row into the row that GraphQL is given. */
export function childList<Row extends ListedRow, Filter extends object>(
  source: ListSource<Filter>,
  parentColumn: string,
  prepare: (raw: Row, call: Call, asOf: AsOf) => Row,
): ChildList<Row, Filter> {
  const below = parentColumn.includes('.') ? parentColumn : `t.${parentColumn}`;
  const identity = (key: ChildKey<Filter>): string => `${key.parent}${key.shape}`;
  const counts: Question<ChildKey<Filter>, Counted> = {
    name: `count_${source.name}`,
    identity,
    load: (call, keys, asOf) =>
      byShape(keys, async (parents, { args }) => {
        const given = await givenRows(call, source, asOf, { parents, args });
        const { statement, values } = countsStatement(source, below, { tenantId: call.tenantId, parents, args, asOf, given });
        const rows = (await call.read.rows(statement, values)) as unknown as { parent: string; count: number }[];
        const found = new Map(rows.map((row) => [row.parent, row.count]));
        return parents.map((parent) => countedWithin(found.get(parent) ?? 0, source.countedUpTo ?? countedBelowParent));
      }),
  };
  const pages: Question<PageKey<Filter>, Page<Row>> = {
    name: source.name,
    identity,
    load: (call, keys, asOf) =>
      byShape(keys, async (parents, { args, wanted, count }) => {
        const given = await givenRows(call, source, asOf, { parents, args });
        const built = pagesStatement(source, below, { tenantId: call.tenantId, parents, args, asOf, given, wanted });
        const rows = (await call.read.rows(built.statement, built.values)) as unknown as (Row & { parent: string })[];
        const found = new Map<string, Row[]>(parents.map((parent) => [parent, []]));
        for (const row of rows) found.get(row.parent)?.push(prepare(row, call, asOf));
        return parents.map((parent) => {
          const own = found.get(parent) ?? [];
          return toPage(own, args, built.place, (asking) => ask(asking, counts, asOf, { ...count, parent }));
        });
      }),
  };
  return {
    page(call, parent, args, asOf, wanted) {
      checkPageSize(args.first);
      const count = { parent, args, shape: shapeOf(args) };
      // The field that selects the count awaits it, and fails with it.
      if (wanted?.counted) ask(call, counts, asOf, count).catch(() => undefined);
      return ask(call, pages, asOf, { parent, args, shape: wanted ? `${count.shape} ${wanted.key}` : count.shape, wanted, count });
    },
  };
}

/** Arguments as text: equal texts, equal pages. An empty cursor is one, and refused. */
function shapeOf<Filter extends object>({ first, after, filter, orderBy }: ListArgs<Filter>): string {
  return `${first} ${typeof after === 'string' ? JSON.stringify(after) : ''} ${orderBy ? `${orderBy.field}.${orderBy.direction}` : ''} ${filter ? canonicalJson(filter) : ''}`;
}

/** Groups keys by their shape, asks once per group, and puts the answers back into the keys' order. */
async function byShape<Key extends { readonly parent: string; readonly shape: string }, Answer>(
  keys: readonly Key[],
  load: (parents: string[], first: Key) => Promise<Answer[]>,
): Promise<Answer[]> {
  const [first] = keys;
  if (!first) return [];
  // Nearly always: one page after another of equal arguments.
  if (keys.every(({ shape }) => shape === first.shape)) return load(keys.map(({ parent }) => parent), first);
  const answers: Answer[] = [];
  await Promise.all(
    [...Map.groupBy(keys.keys(), (index) => keys[index]?.shape ?? '').values()].map(async (indexes) => {
      // What is wrong with one's arguments is no matter of the others: DataLoader fails the keys whose answers are errors.
      const loaded = await load(indexes.map((index) => keys[index]?.parent ?? ''), keys[indexes[0] ?? 0] ?? first).catch((error: unknown) => indexes.map(() => error as Answer));
      for (const [place, index] of indexes.entries()) answers[index] = loaded[place] as Answer;
    }),
  );
  return answers;
}
