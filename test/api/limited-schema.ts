import { buildSchema, GraphQLObjectType, type GraphQLSchema } from 'graphql';

const sdl = `
  directive @note(text: String) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | QUERY | FRAGMENT_DEFINITION | VARIABLE_DEFINITION
  interface Node { id: ID! account: Account }
  type Query {
    account: Account
    accounts(first: Int, last: Int, after: String): AccountConnection
    everyone: [Account!]!
    top(first: Int = 7): [Account!]
    node(id: ID): Node
    search: Found
    dear: Account
    priced(weight: Int!): [Account!]
    flawed: Account
  }
  union Found = Account | Contact
  type AccountConnection { totalCount: Int edges: [AccountEdge!]! nodes: [Account!]! pageInfo: PageInfo! }
  type AccountEdge { cursor: String node: Account! }
  type PageInfo { hasNextPage: Boolean! }
  type Account implements Node { id: ID! name: String tags: [String!] account: Account contacts(first: Int! = 20): ContactConnection lines: [Line!] }
  type ContactConnection { edges: [ContactEdge] }
  type ContactEdge { node: Contact }
  type Contact implements Node { id: ID! name: String account: Account }
  type Line { text: String account: Account }
  type Subscription { changed: Account }
  type Mutation { change: Account }
`;

/** A small schema with everything that counts: lists, connections, defaults, unions, and stated complexities. */
export function limitedSchema(): GraphQLSchema {
  const schema = buildSchema(sdl);
  const query = schema.getType('Query');
  if (!(query instanceof GraphQLObjectType)) throw new Error('no Query');
  const state = (name: string, complexity: unknown): void => {
    const field = query.getFields()[name];
    if (field) field.extensions = { complexity };
  };
  state('dear', 50);
  state('priced', ({ args, childComplexity }: { args: { weight: number }; childComplexity: number }) => args.weight * (1 + childComplexity));
  state('flawed', () => Number.NaN);
  return schema;
}
