import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import type { Id } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { requireRole } from '../access/index.ts';
import { addConnection } from './add-connection.ts';
import { changeConnection } from './change-connection.ts';
import {
  AddConnectionInput, AddConnectionResult, ChangeConnectionInput, ChangeConnectionResult, PauseConnectionResult, RemoveConnectionResult, ResumeConnectionResult, TestConnectionResult,
} from './connection-inputs.ts';
import { allConnections } from './connection.queries.ts';
import { parseConnectionId } from './connection-id.ts';
import type { ConnectionFailure, ConnectionRow } from './connection.type.ts';
import { adviceOf } from './fault-advice.ts';
import { pauseConnection, resumeConnection } from './pause-connection.ts';
import { removeConnection } from './remove-connection.ts';
import type { VendorFault } from './outbound/vendor-fault.ts';
import { findTestable, noteTest, runTest } from './test-connection.ts';
import { mayKeepSecrets, shownSecret } from './webhook-secret.resolver.ts';
import { createWebhookSecret } from './webhook-secrets.ts';
import { checkSettings, secretMakerOf, settingsOfWebhook } from './vendors.ts';

/** Changes of connections, by administrators. */
@Resolver()
export class ConnectionMutationsResolver {
  @Mutation(() => AddConnectionResult as never, { description: 'Connects a vendor: stores its credentials encrypted and, if asked, makes a webhook secret. The vendor is not called; test the connection with `testConnection`. Requires the admin role.' })
  addConnection(@Ctx() call: Call, @Arg('input', () => AddConnectionInput, { description: 'The vendor, its credentials and settings.' }) { source, credentials, settings, webhookSecret }: AddConnectionInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'connect vendors');
      const given = settings ?? {};
      const made = await call.transact(async (work) => {
        const connectionId = await addConnection(work, call.seal, { source, credentials, settings: given });
        if (!webhookSecret) return { connectionId, secret: null };
        const ofWebhook = checkSettings(source, webhookSecret.settings ?? settingsOfWebhook(source, given), ['input', 'webhookSecret', 'settings']);
        const secret = await createWebhookSecret(work, call.seal, source, { maker: secretMakerOf(source), given: webhookSecret.secret ?? null, settings: ofWebhook, path: ['input', 'webhookSecret', 'secret'] });
        return { connectionId, secret };
      });
      const webhook = made.secret === null ? null : await shownSecret(call, made.secret, source);
      return { __typename: 'ConnectionAdded', connection: await shown(call, made.connectionId), webhook };
    });
  }

  @Mutation(() => ChangeConnectionResult as never, { description: 'Replaces credentials, settings or both of a connection. Calls that begin later use them. Requires the admin role.' })
  changeConnection(@Ctx() call: Call, @Arg('input', () => ChangeConnectionInput, { description: 'The connection and what to replace.' }) { id, credentials, settings }: ChangeConnectionInput): Promise<object> {
    return changed(call, { globalId: id, path: ['input', 'id'], doing: 'change connections' }, (work, source) => changeConnection(work, call.seal, { source, credentials: credentials ?? null, settings: settings ?? null }));
  }

  @Mutation(() => TestConnectionResult as never, { description: 'Calls the vendor to find out whether the credentials of a connection work, and as what. Requires the admin role.' })
  testConnection(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The connection, by its global id.' }) globalId: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'test connections');
      const { source } = parseConnectionId(call.tenantId, globalId, ['id']);
      // Neither a transaction nor a snapshot is open while the vendor is called.
      const connection = await call.briefly((sql) => findTestable(sql, call.tenantId, source));
      const outcome = await runTest(() => call.vendors.check({ tenantId: call.tenantId, connectionId: connection.id }));
      await call.transact((work) => noteTest(work, connection, outcome));
      return { __typename: 'ConnectionTest', vendorAccount: outcome.account, failure: outcome.fault && failureOf(outcome.fault, call.clock.now()), connection: await shown(call, connection.id) };
    });
  }

  @Mutation(() => PauseConnectionResult as never, { description: 'Stops calls to a vendor until the connection is resumed. Its webhooks are still accepted. Requires the admin role.' })
  pauseConnection(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The connection, by its global id.' }) id: string): Promise<object> {
    return changed(call, { globalId: id, path: ['id'], doing: 'pause connections' }, pauseConnection);
  }

  @Mutation(() => ResumeConnectionResult as never, { description: 'Allows calls to a vendor again after `pauseConnection`. Requires the admin role.' })
  resumeConnection(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The connection, by its global id.' }) id: string): Promise<object> {
    return changed(call, { globalId: id, path: ['id'], doing: 'resume connections' }, resumeConnection);
  }

  @Mutation(() => RemoveConnectionResult as never, { description: 'Disconnects a vendor and erases its credentials. What was read stays. Its webhook secrets stay valid until `revokeWebhookSecret`. Requires the admin role.' })
  removeConnection(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The connection, by its global id.' }) id: string): Promise<object> {
    return changed(call, { globalId: id, path: ['id'], doing: 'remove connections' }, removeConnection);
  }
}

const failureOf = ({ code, message }: VendorFault, now: Date): ConnectionFailure => ({ code, message, advice: adviceOf[code], occurredAt: now.toISOString() });

interface Asked {
  readonly globalId: string;
  readonly path: readonly string[];
  readonly doing: string;
}

function changed(call: Call, { globalId, path, doing }: Asked, change: (work: Work, source: string) => Promise<void>): Promise<object> {
  return typedResult(async () => {
    requireRole(call, mayKeepSecrets, doing);
    const { id, source } = parseConnectionId(call.tenantId, globalId, path);
    await call.transact((work) => change(work, source));
    return shown(call, id);
  });
}

async function shown(call: Call, id: Id<'Connection'>): Promise<ConnectionRow> {
  const found = (await ask(call, allConnections, null, 'all')).find(({ uuid }) => uuid === id);
  if (!found) throw new NotFound('There is no such connection. The query connections lists them.', ['id']);
  return found;
}
