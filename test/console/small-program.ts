import { ApolloServer } from '@apollo/server';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { createPubSub, Repeater } from '@graphql-yoga/subscription';
import fastify from 'fastify';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { serveConsole } from '../../src/api/http/console.ts';
import type { DemoToken } from '../../src/console/settings.ts';

/** What the console's tests need of the program they look at. */
export interface Program {
  /** Without a slash at the end. */
  readonly url: string;
  /** The demo tokens that it hands out; two at least. */
  readonly tokens: readonly DemoToken[];
  /** What it offers, for the first token's tenant, as the examples' variable `id`. */
  readonly accountId: string;
  /** A query, and a piece of its answer that stands there only when the first demo token was sent along. */
  readonly query: { readonly text: string; readonly shows: string };
  /** A query that fails, and a piece of the error. */
  readonly failing: { readonly text: string; readonly shows: string };
  /** A subscription with a variable `after`. */
  readonly subscription: string;
  /** Makes the next event happen; answers a piece of what is then pushed. */
  push(): Promise<string>;
  /** The variables of each subscription so far, in order of arrival. */
  readonly subscribed: readonly (Readonly<Record<string, unknown>> | null | undefined)[];
  /** Cuts all sockets, as a crash would. */
  cutSockets(): void;
  stop(): Promise<void>;
}

const typeDefs = /* GraphQL */ `
  type Query {
    "The role of the caller's token."
    role: String
    broken: String!
  }
  type Subscription {
    "Counts events: first what was missed behind the cursor, then each one as it happens."
    counted(after: String): Count!
  }
  type Count {
    cursor: String!
    value: Int!
  }
`;

const tokens = [
  { role: 'admin', tenant: 'acme', token: 'token-of-acme-admin' },
  { role: 'viewer', tenant: 'acme', token: 'token-of-acme-viewer' },
  { role: 'admin', tenant: 'globex', token: 'token-of-globex-admin' },
] as const;

const accountId = 'account-of-acme';

/** A real server with three fields, built of the parts that the product is built of. */
export async function startSmallProgram({ folder }: { folder: string }): Promise<Program> {
  const events = createPubSub<{ counted: [number] }>();
  const subscribed: (Record<string, unknown> | null | undefined)[] = [];
  let count = 0;

  const schema = makeExecutableSchema<{ role: string | null }>({
    typeDefs,
    resolvers: {
      Query: {
        role: (_root: unknown, _args: unknown, { role }) => role,
        broken: () => {
          throw new GraphQLError('The reservoir is dry', { extensions: { code: 'UNAVAILABLE' } });
        },
      },
      Subscription: {
        counted: {
          subscribe: (_root: unknown, { after }: { after?: string | null }) => {
            const first = after ? Number(after) + 1 : count;
            const missed = Array.from({ length: count - first + 1 }, (_, index) => first + index);
            // Subscribed before the missed ones are sent, so that nothing falls between the two.
            const later = events.subscribe('counted');
            return Repeater.merge([missed, later]);
          },
          resolve: (value: number) => ({ cursor: String(value), value }),
        },
      },
    },
  });

  const app = fastify();
  const apollo = new ApolloServer({ schema, introspection: true, plugins: [fastifyApolloDrainPlugin(app)] });
  await apollo.start();
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    handler: fastifyApolloHandler(apollo, { context: async ({ headers }) => ({ role: roleOf(headers.authorization) }) }),
  });
  await serveConsole(app, { folder, settings: () => ({ tokens, examples: { acme: { id: accountId } } }) });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  const sockets = new WebSocketServer({ server: app.server, path: '/graphql' });
  const socketDoor = useServer(
    {
      schema,
      onConnect: ({ connectionParams }) => roleOf(connectionParams?.['authorization']) !== null,
      onSubscribe: (_context, _id, { variables }) => void subscribed.push(variables),
    },
    sockets,
  );

  return {
    url,
    tokens,
    accountId,
    query: { text: '{ role }', shows: 'admin of acme' },
    failing: { text: '{ broken }', shows: 'The reservoir is dry' },
    subscription: 'subscription Counted($after: String) { counted(after: $after) { cursor value } }',
    async push() {
      count += 1;
      events.publish('counted', count);
      return `"value": ${count}`;
    },
    subscribed,
    cutSockets() {
      for (const socket of sockets.clients) socket.terminate();
    },
    async stop() {
      await socketDoor.dispose();
      await apollo.stop();
      await app.close();
    },
  };
}

function roleOf(authorization: unknown): string | null {
  const caller = tokens.find(({ token }) => authorization === `Bearer ${token}`);
  return caller ? `${caller.role} of ${caller.tenant}` : null;
}
