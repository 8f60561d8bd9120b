import { ArgsType, Ctx, Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { InvalidInput } from '../errors.ts';
import type { Call } from './call.ts';
import { Shows } from './shows.ts';

/** Which way a list is ordered. */
export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which way a list is ordered.',
  valuesConfig: { ASC: { description: 'Smallest, earliest first.' }, DESC: { description: 'Largest, latest first.' } },
});

/** The paging arguments that every connection takes. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: 'How many at most: 1 to 100.' })
  first!: number;

  @Field(() => String, { nullable: true, description: 'The cursor after which to go on; from the beginning when absent.' })
  after?: string | null;
}

/** The most items one page may ask for. */
export const largestPage = 100;

/** Refuses a page size outside 1 to 100. */
export function checkPageSize(first: number): void {
  if (first < 1 || first > largestPage) throw new InvalidInput(`first must be between 1 and ${largestPage}; it is ${first}. Ask for more with after.`, ['first']);
}

/** Where a page stands in its list. */
@ObjectType('PageInfo', { description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows after endCursor.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the page was asked for with a cursor, so that something comes before it.' })
  hasPreviousPage!: boolean;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'The cursor of the first edge; null for an empty page.' })
  startCursor!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'The cursor of the last edge, to go on from; null for an empty page.' })
  endCursor!: string | null;
}

/** How many rows match; not exact where counting stopped at a list's bound. */
export interface Counted {
  readonly count: number;
  readonly isExact: boolean;
}

/** A page as a resolver answers it; the count is only asked for when a caller selects it. */
export interface Page<Row> {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: PageInfo;
  countAll(call: Call): Promise<Counted>;
}

/** The connection type of a node type: edges with cursors, page info, and a count on demand. */
export function connectionType(name: string, Node: () => new () => object): new () => object {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list.`, simpleResolvers: true })
  class Edge {
    @Shows('SYSTEM')
    @Field(() => String, { description: 'Opaque position in the list; holds while rows are inserted.' })
    cursor!: string;

    @Field(() => Node(), { description: 'The item itself.' })
    node!: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class Connection {
    @Field(() => [Edge], { description: 'The items, in the order asked for.', simple: true })
    edges!: Edge[];

    @Field(() => PageInfo, { description: 'Where this page stands.', simple: true })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: 'How many match the filter; counted only when selected. Counting stops at 1,000 below another object, else at 10,000 (accounts: 100,000): see `totalCountIsExact`.' })
    async totalCount(@Ctx() call: Call): Promise<number> {
      return (await (this as unknown as Page<object>).countAll(call)).count;
    }

    @Field(() => Boolean, { description: 'Whether `totalCount` is all that match. False if counting stopped: there are more.' })
    async totalCountIsExact(@Ctx() call: Call): Promise<boolean> {
      return (await (this as unknown as Page<object>).countAll(call)).isExact;
    }
  }
  return Connection;
}

/** The orderBy input of a list: a field out of its enum, and a direction. */
export function orderInput(name: string, Fields: object, defaultDirection = OrderDirection.DESC): new () => OrderBy {
  @InputType(`${name}Order`, { description: `How a list of ${name} is ordered; ties are broken by id.` })
  class Order {
    @Field(() => Fields, { description: 'What to order by.' })
    field!: string;

    @Field(() => OrderDirection, { defaultValue: defaultDirection, description: 'Which way.' })
    direction!: OrderDirection;
  }
  return Order;
}

/** An order as a caller asks for it. */
export interface OrderBy {
  readonly field: string;
  readonly direction: OrderDirection;
}

