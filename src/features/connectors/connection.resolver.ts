import { GraphQLInt } from 'graphql';
import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { requireRole, type Role } from '../access/index.ts';
import { allConnections, fetchFiguresOf } from './connection.queries.ts';
import { ConnectionType, WaitingFetches, type ConnectionRow } from './connection.type.ts';
import { webhookSecretsOfSource } from './webhook-secret.queries.ts';
import { WebhookSecretType, type WebhookSecretRow } from './webhook-secret.type.ts';

/** Who sees how connections fare. */
export const maySeeConnections: readonly Role[] = ['analyst', 'admin'];

/** Connections to vendors. */
@Resolver(() => ConnectionType)
export class ConnectionResolver {
  @Query(() => [ConnectionType], { description: 'Every vendor that this program can call, connected or not, with the status of its connection. Requires the analyst or admin role; settings, error messages and webhook secrets are shown to administrators only.' })
  async connections(@Ctx() call: Call): Promise<readonly ConnectionRow[]> {
    requireRole(call, maySeeConnections, 'see connections');
    return ask(call, allConnections, null, 'all');
  }

  @FieldResolver(() => GraphQLInt, { description: 'Objects that could not be read at the vendor after many attempts and are not tried again.' })
  async deadLetters(@Root() { source }: ConnectionRow, @Ctx() call: Call): Promise<number> {
    return (await ask(call, fetchFiguresOf, null, source)).dead;
  }

  @FieldResolver(() => WaitingFetches, { description: 'Objects that have changed at the vendor and wait to be read again.' })
  async waitingFetches(@Root() { source }: ConnectionRow, @Ctx() call: Call): Promise<WaitingFetches> {
    const { waiting, since } = await ask(call, fetchFiguresOf, null, source);
    return { count: waiting, since };
  }

  @FieldResolver(() => [WebhookSecretType], { nullable: true, description: 'The valid webhook secrets of the vendor, the newest first, at most 20; null unless the caller has the admin role.' })
  async webhookSecrets(@Root() { source }: ConnectionRow, @Ctx() call: Call): Promise<readonly WebhookSecretRow[] | null> {
    return call.roles.has('admin') ? ask(call, webhookSecretsOfSource, null, source) : null;
  }
}
