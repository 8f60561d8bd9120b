import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { connectionType, OrderDirection, orderInput, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { asNode, TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { wantedOf, type Selecting, type Wanted } from '../../platform/graphql/needs.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { childList, type ChildList } from '../../platform/page/child-list.ts';
import { readList, type Bind, type ListArgs, type ListedRow, type ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { masking, maskRow, seesAddresses } from '../access/index.ts';
import { AccountSelector, ExternalRefInput } from './account-selector.ts';
import type { Column, NamedLater, Written } from './columns.ts';
import { readRecordAtTwoTimes, statedRows } from './stated-rows.ts';
import { OriginClass, originDescription } from '../trust/index.ts';

/** One condition that callers may put on a list. */
export interface FilterField {
  readonly description: string;
  readonly type: () => object;
  readonly list: boolean;
  readonly sql: (value: unknown, bind: Bind, table: (name: string) => string) => string;
}

/** A kind of record that hangs on an account, declared once: table, type, input, list and upsert follow from it. */
export interface RecordDeclaration {
  /** The GraphQL type. */
  readonly type: string;
  /** The list's field on Account, and the mutation's name behind `upsert`. */
  readonly plural: string;
  readonly description: string;
  readonly table: string;
  readonly columns: Readonly<Record<string, NamedLater>>;
  /** What `occurredAt` means for this kind; required in the input where a record is nothing without its time. `leftOut` says what holds where it is left out and the other fields tell more than that it is now. */
  readonly occurredAt: { readonly description: string; readonly required: boolean; readonly leftOut?: { readonly description: string; readonly of: (written: Written, now: string) => string } };
  /** Refuses what no single field shows to be wrong: fields that contradict each other, or the clock. */
  readonly check?: (written: Written, now: string, path: readonly string[]) => void;
  readonly orders: Readonly<Record<string, { readonly by: string; readonly type: 'timestamptz' | 'date' | 'int8' | 'float8' | 'text'; readonly description: string }>>;
  readonly defaultOrder: OrderBy;
  readonly filters?: Readonly<Record<string, FilterField>>;
  /** More that is selected, for `finish` or for resolvers. */
  readonly select?: string;
  readonly join?: string;
  /** false: so few per account that the list has no pages. */
  readonly paged?: boolean;
  /** For what runs and ends: the SQL column and the value that say that it was completed. */
  readonly completes?: { readonly column: string; readonly value: string };
  /** The field that holds the record's external id until a source states it; without it a required field keeps the record from being shown. */
  readonly namedBy?: string;
  /** Whether several of them can be found to be one. */
  readonly merges?: boolean;
  /** For records about a person: which field finds the data subject. */
  readonly subjectField?: string;
}

/** A row of a record as GraphQL is given it. */
export type RecordRow = NodeRow & ListedRow & { readonly accountId: string } & Record<string, unknown>;

/** A kind of record with everything that follows from its declaration. */
export interface AccountRecord extends RecordDeclaration {
  readonly paged: boolean;
  readonly fields: ReadonlyMap<string, Column>;
  readonly ObjectClass: new () => object;
  readonly InputClass: new () => object;
  readonly FilterClass: new () => object;
  readonly OrderClass: new () => OrderBy;
  readonly ConnectionClass: new () => object;
  readonly source: ListSource<Record<string, unknown>>;
  /** What is selected of the record's rows below a field. */
  wanted(info: Selecting, path?: readonly string[]): Wanted;
  readonly list: ChildList<RecordRow, Record<string, unknown>>;
  readonly byId: Question<string, RecordRow | null>;
  /** Makes a selected row the record that GraphQL is given, as the caller may see it. */
  finish(row: RecordRow, call: Call, asOf: AsOf): RecordRow;
  /** The page of the tenant's records of this kind, of all accounts. */
  readonly page: (call: Call, args: ListArgs<Record<string, unknown>>, asOf: AsOf) => Promise<Page<RecordRow>>;
}

/** What `modifiedAt` of an input means. */
export const modifiedDescription = 'When the source last changed what it says, for what can change without another occurredAt, such as an edited note. Of two statements of one source the one with the later modifiedAt, or occurredAt where it is left out, is current.';

const byTime = { by: 't.occurred_at', type: 'timestamptz', description: 'By when it was true.' } as const;

/** Declares a kind of record. */
export function accountRecord(declaration: RecordDeclaration): AccountRecord {
  const fields = new Map(Object.entries(declaration.columns).map(([name, later]) => [name, later(name)]));
  const finish = finisher(declaration, fields);
  const source = listSource(declaration, fields);
  const columns = source.columns;
  // Of a node that was merged, the row is the survivor's.
  const named = declaration.merges
    ? (table: (name: string) => string): string => `left join ${table('node_identity')} i on i.tenant_id = $1 and i.id = asked.id join ${table(declaration.table)} t on t.tenant_id = $1 and t.id = coalesce(i.survivor_id, asked.id)`
    : (table: (name: string) => string): string => `join ${table(declaration.table)} t on t.tenant_id = $1 and t.id = asked.id`;
  const statement = datedStatement<RecordRow & { readonly asked: string }>(`${declaration.table}_by_id`, 2, (table) =>
    `select asked.id as asked, ${columns} from unnest($2::uuid[]) asked (id) ${named(table)} ${declaration.join ?? ''}`);
  const ObjectClass = objectClass(declaration, fields);
  const record: AccountRecord = {
    ...declaration,
    paged: declaration.paged ?? true,
    fields,
    ObjectClass,
    InputClass: inputClass(declaration, fields),
    FilterClass: filterClass(declaration),
    OrderClass: orderClass(declaration),
    ConnectionClass: connectionType(declaration.type, () => ObjectClass),
    source,
    finish,
    wanted: (info, path) => wantedOf(info, declaration.type, path),
    list: childList(source, 'account_id', finish),
    async page(call, args, asOf) {
      const page = await readList<RecordRow, Record<string, unknown>>(call, source, args, asOf);
      for (const { node } of page.edges) finish(node, call, asOf);
      return page;
    },
    byId: {
      name: `${declaration.table}_by_id`,
      async load(call, ids, asOf) {
        const given = asOf === null ? undefined : await statedRows(call, asOf, [declaration.table], { nodeIds: ids });
        const rows = await call.read.rows(statement(asOf), statement.values([call.tenantId, ids], asOf, given));
        const found = new Map(rows.map((row) => [row.asked, finish(row, call, asOf)]));
        return ids.map((id) => found.get(id) ?? null);
      },
    },
  };
  readRecordAtTwoTimes(record);
  return record;
}

function listSource(declaration: RecordDeclaration, fields: ReadonlyMap<string, Column>): ListSource<Record<string, unknown>> {
  const own = new Map([...fields].map(([name, column]) => [name, column.select(name)]));
  const keys = ['t.id as uuid', 't.account_id as "accountId"'];
  const times = { occurredAt: 't.occurred_at as "occurredAt"', recordedAt: 't.recorded_at as "recordedAt"' };
  const more = declaration.select ? [declaration.select] : [];
  const filters = Object.entries(declaration.filters ?? {}).map(([name, filter]) => [name, filter.sql] as const);
  return {
    name: declaration.plural,
    table: declaration.table,
    ...(declaration.join ? { join: () => declaration.join ?? '' } : {}),
    given: (call, asOf, { parents }) => statedRows(call, asOf, [declaration.table], parents && { accountIds: parents }),
    columns: [...keys, ...Object.values(times), ...own.values(), ...more].join(', '),
    columnsOf: (wanted) => [...keys, ...Object.entries(times).flatMap(([name, column]) => (wanted.has(name) ? [column] : [])), ...[...own].flatMap(([name, column]) => (wanted.has(name) ? [column] : [])), ...more].join(', '),
    orders: { OCCURRED_AT: byTime, ...declaration.orders },
    filters: Object.fromEntries([
      ['occurredFrom', (value: unknown, bind: Bind) => `t.occurred_at >= ${bind(value, 'timestamptz')}`],
      ['occurredBefore', (value: unknown, bind: Bind) => `t.occurred_at < ${bind(value, 'timestamptz')}`],
      ...filters,
    ]),
    defaultOrder: declaration.defaultOrder,
  };
}

function finisher(declaration: RecordDeclaration, fields: ReadonlyMap<string, Column>): (row: RecordRow, call: Call, asOf: AsOf) => RecordRow {
  const finishing = [...fields].flatMap(([name, column]) => (column.finish ? [{ name, finish: column.finish, hidden: column.shows !== undefined && masking[column.shows] === 'HIDDEN' }] : []));
  const texts = [...fields].flatMap(([name, { shows }]) => (shows === undefined ? [] : [[name, shows] as const]));
  return (row, call, asOf) => {
    const clear = seesAddresses(call);
    for (const { name, finish, hidden } of finishing) {
      // Not selected.
      if (!(name in row)) continue;
      if (hidden && !clear) row[name] = null;
      else finish(row, name, call, asOf);
    }
    return asNode(declaration.type, clear ? row : maskRow(call, row, texts), asOf);
  };
}

function objectClass(declaration: RecordDeclaration, fields: ReadonlyMap<string, Column>): new () => object {
  @ObjectType(temporalType(declaration.type), { implements: TemporalNode, description: declaration.description, simpleResolvers: true })
  class Record extends TemporalNode {}
  const { prototype } = Record;
  for (const [name, column] of fields) {
    const type = column.list ? () => [column.out()] : () => column.out();
    const description = column.refersTo ? `${column.description} Null, too, while that ${column.refersTo.type} is not known or is another account's.` : column.description;
    Field(type as never, { nullable: !column.required, description })(prototype, name);
    if (column.shows !== undefined) Shows(column.shows, { atRow: true })(prototype, name);
  }
  Field(() => DateTime, { description: `${declaration.occurredAt.description} UTC.` })(prototype, 'occurredAt');
  Field(() => DateTime, { description: 'When the system last learned it. UTC.' })(prototype, 'recordedAt');
  return Record;
}

function inputClass(declaration: RecordDeclaration, fields: ReadonlyMap<string, Column>): new () => object {
  @InputType(`${declaration.type}Input`, { description: `${declaration.description} A field that is left out stays as it is; null says that the source knows of no value.` })
  class Input {}
  const { prototype } = Input;
  Field(() => AccountSelector, { description: 'The account it belongs to.' })(prototype, 'account');
  Field(() => ExternalRefInput, { description: 'What the source calls it; the same reference again updates the same record.' })(prototype, 'externalRef');
  for (const [name, column] of fields) {
    const type = column.list ? () => [column.in()] : () => column.in();
    Field(type as never, { nullable: true, description: column.refersTo ? `${column.description} By this id, of the same account, or by ${column.refersTo.byRef}.` : column.description })(prototype, name);
    if (column.refersTo) Field(() => ExternalRefInput, { nullable: true, description: `What another system calls the ${column.refersTo.type}, instead of ${name}.` })(prototype, column.refersTo.byRef);
  }
  Field(() => String, { nullable: true, description: 'The source that states this; the system of externalRef when left out. `manual` for what a person states by hand, which wins over every machine.' })(prototype, 'source');
  const { description, required, leftOut } = declaration.occurredAt;
  Field(() => DateTime, { nullable: !required, description: required ? description : `${description} ${leftOut?.description ?? 'Now when left out.'}` })(prototype, 'occurredAt');
  Field(() => DateTime, { nullable: true, description: modifiedDescription })(prototype, 'modifiedAt');
  Field(() => OriginClass, { nullable: true, description: originDescription })(prototype, 'origin');
  return Input;
}

function filterClass(declaration: RecordDeclaration): new () => object {
  @InputType(`${declaration.type}Filter`, { description: `Which ${declaration.plural} to list; conditions are joined by AND.` })
  class Filter {}
  const { prototype } = Filter;
  Field(() => DateTime, { nullable: true, description: 'From this instant on.' })(prototype, 'occurredFrom');
  Field(() => DateTime, { nullable: true, description: 'Before this instant.' })(prototype, 'occurredBefore');
  for (const [name, filter] of Object.entries(declaration.filters ?? {})) {
    const type = filter.list ? () => [filter.type()] : () => filter.type();
    Field(type as never, { nullable: true, description: filter.description })(prototype, name);
  }
  return Filter;
}

function orderClass(declaration: RecordDeclaration): new () => OrderBy {
  const orders = { OCCURRED_AT: byTime, ...declaration.orders };
  const values = Object.fromEntries(Object.keys(orders).map((name) => [name, name]));
  registerEnumType(values, {
    name: `${declaration.type}OrderField`,
    description: `What a list of ${declaration.plural} can be ordered by.`,
    valuesConfig: Object.fromEntries(Object.entries(orders).map(([name, { description }]) => [name, { description }])),
  });
  return orderInput(declaration.type, values, OrderDirection.DESC);
}

/** The condition "is one of these". */
export function anyOf(column: string, description: string, type: () => object = () => String): FilterField {
  return { description, type, list: true, sql: (values, bind) => `t.${column} = any(${bind(values, 'text[]')})` };
}

/** A condition that is either on or off. */
export function either(description: string, whenTrue: string, whenFalse: string): FilterField {
  return { description, type: () => Boolean, list: false, sql: (value) => (value ? whenTrue : whenFalse) };
}
