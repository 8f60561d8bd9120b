/**
 * How much one caller may ask at once and over time. One policy, on every door alike: HTTP, socket and whatever speaks
 * GraphQL. Of the operations that client teams wrote the longest has 374 tokens, the deepest 8 levels, and the dearest
 * costs 1,301; the account page costs 629.
 */
export interface LimitPolicy {
  /** Lexical tokens of a document. */
  readonly tokens: number;
  /** Levels of fields below each other, the leaf included; not counted below `__schema` and `__type`. */
  readonly depth: number;
  /** Levels of fields from `__schema` or `__type` on; the usual introspection query has 15. */
  readonly introspectionDepth: number;
  /** Renamed fields of an operation, with those of the fragments it uses, as often as they are written. */
  readonly aliases: number;
  /** Operations and fragments in one document. */
  readonly definitions: number;
  /** Fields that validation visits to see which of them merge; see `overlapping-fields.ts`. */
  readonly overlapVisits: number;
  /** Fields at the root of an operation. */
  readonly rootFields: number;
  /** Directives on any one place. */
  readonly directives: number;
  /** What an operation may cost; `measure-operation.ts` has the formula. */
  readonly cost: number;
  readonly sizes: AssumedSizes;
  /** Operations in one HTTP request; 1 means that an array is refused. */
  readonly batch: number;
  /** Bytes of an HTTP body or of one socket message: 1,000 signals of 4 KB. */
  readonly bytes: number;
  /** For each principal, in units of cost. A process spends about 2 million units in a second of one core. */
  readonly principalRate: RatePolicy;
  /** Cost that an operation is charged at least, however little it asks. */
  readonly leastCharge: number;
  /** For each address, in credentials that were refused. */
  readonly strangerRate: RatePolicy;
}

/** How many items a list is taken to have when the operation does not say. */
export interface AssumedSizes {
  /** Of a list or connection that pages by `first` or `last` and was given neither: the page size of the product. */
  readonly page: number;
  /** Of a list that does not page. */
  readonly list: number;
  /** Of a list below `__schema` or `__type`. */
  readonly introspectionList: number;
}

/** A bucket that holds `burst` and fills again at `perSecond`. */
export interface RatePolicy {
  readonly burst: number;
  readonly perSecond: number;
}

/** The policy where configuration says nothing else. */
export const defaultLimits: LimitPolicy = {
  tokens: 5_000,
  depth: 15,
  introspectionDepth: 20,
  aliases: 50,
  definitions: 200,
  overlapVisits: 20_000,
  rootFields: 20,
  directives: 5,
  cost: 20_000,
  sizes: { page: 20, list: 10, introspectionList: 5 },
  batch: 1,
  bytes: 4 * 1024 * 1024,
  principalRate: { burst: 1_000_000, perSecond: 500_000 },
  leastCharge: 100,
  strangerRate: { burst: 30, perSecond: 0.5 },
};
