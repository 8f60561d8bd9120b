import { canonicalJson } from '../canonical-json.ts';
import { ask, type AsOf, type Call, type Question } from '../graphql/call.ts';
import { checkPageSize, type Counted, type Page } from '../graphql/connection.ts';
import { countedBelowParent, countedWithin, countsStatement, givenRows, pagesStatement, toPage, type ListArgs, type ListedRow, type ListSource } from './list.ts';

interface ChildKey<Filter extends object> {
  readonly parent: string;
  readonly args: ListArgs<Filter>;
  /** The arguments as text: keys with equal text share one statement. */
  readonly shape: string;
}

/** A list below a parent, such as the opportunities of an account. */
export interface ChildList<Row, Filter extends object> {
  /** The page below one parent; pages asked in one turn with equal arguments travel in one statement. */
  page(call: Call, parent: string, args: ListArgs<Filter>, asOf: AsOf): Promise<Page<Row>>;
}

/** Declares a list below a parent. `prepare` turns the database's row into the row that GraphQL is given. */
export function childList<Row extends ListedRow, Filter extends object>(
  source: ListSource<Filter>,
  parentColumn: string,
  prepare: (raw: Row, call: Call, asOf: AsOf) => Row,
): ChildList<Row, Filter> {
  const identity = (key: ChildKey<Filter>): string => `${key.parent}${key.shape}`;
  const counts: Question<ChildKey<Filter>, Counted> = {
    name: `count_${source.name}`,
    identity,
    load: (call, keys, asOf) =>
      byShape(keys, async (parents, args) => {
        const given = await givenRows(call, source, asOf, { parents, args });
        const { statement, values } = countsStatement(source, parentColumn, { tenantId: call.tenantId, parents, args, asOf, given });
        const rows = (await call.read.rows(statement, values)) as unknown as { parent: string; count: number }[];
        const found = new Map(rows.map((row) => [row.parent, row.count]));
        return parents.map((parent) => countedWithin(found.get(parent) ?? 0, source.countedUpTo ?? countedBelowParent));
      }),
  };
  const pages: Question<ChildKey<Filter>, Page<Row>> = {
    name: source.name,
    identity,
    load: (call, keys, asOf) =>
      byShape(keys, async (parents, args, shape) => {
        const given = await givenRows(call, source, asOf, { parents, args });
        const built = pagesStatement(source, parentColumn, { tenantId: call.tenantId, parents, args, asOf, given });
        const rows = (await call.read.rows(built.statement, built.values)) as unknown as (Row & { parent: string })[];
        const found = Map.groupBy(rows, (row) => row.parent);
        return parents.map((parent) => {
          const own = (found.get(parent) ?? []).map((raw) => prepare(raw, call, asOf));
          return toPage(own, args, built.place, (asking) => ask(asking, counts, asOf, { parent, args, shape }));
        });
      }),
  };
  return {
    page(call, parent, args, asOf) {
      checkPageSize(args.first);
      return ask(call, pages, asOf, { parent, args, shape: canonicalJson({ ...args }) });
    },
  };
}

/** Groups keys by their arguments, asks once per group, and puts the answers back into the keys' order. */
async function byShape<Filter extends object, Answer>(
  keys: readonly ChildKey<Filter>[],
  load: (parents: string[], args: ListArgs<Filter>, shape: string) => Promise<Answer[]>,
): Promise<Answer[]> {
  const groups = [...Map.groupBy(keys.keys(), (index) => keys[index]?.shape ?? '')];
  const answers: Answer[] = [];
  await Promise.all(
    groups.map(async ([shape, indexes]) => {
      const first = keys[indexes[0] ?? 0];
      if (!first) return;
      const loaded = await load(indexes.map((index) => keys[index]?.parent ?? ''), first.args, shape);
      for (const [place, index] of indexes.entries()) answers[index] = loaded[place] as Answer;
    }),
  );
  return answers;
}
