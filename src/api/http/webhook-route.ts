import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import { InvalidInput, NotFound, Unauthenticated } from '../../platform/errors.ts';
import { exactJson } from '../../platform/exact-json.ts';
import type { Id } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { FastCopies } from '../../platform/fast-copies.ts';
import { countDelivery, countRefusedItems, createDeliveryQueue, createSecretFinder, keepFirstSecret, latestChange, measureLag, secretIdOf, type Connector, type DeliveryResult, type FindSecret, type Handshake, type InboundRequest, type LastEvents } from '../../features/connectors/index.ts';
import { announceMessages } from '../../features/sessions/index.ts';
import { addressKey } from '../limits/address-key.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import { holdBody } from './hold-body.ts';
import { keepBodies, rawBody, readRawBody } from './json-body.ts';
import { endTurn, planTurn, startTurn } from './request-turn.ts';

/** What webhooks take. */
export interface WebhookOptions {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly database: Database;
  readonly seal: Seal;
  /** Where agents that work on a session are told of new messages. */
  readonly copies: FastCopies;
  readonly clock: Clock;
  readonly log: Log;
  readonly keeper: Gatekeeper;
  /** Notes when each secret was last used. */
  readonly lastEvents: Pick<LastEvents, 'note'>;
  /** Where the public reaches this program; null where that is not configured. */
  readonly publicUrl: string | null;
}

/** `POST /api/integrations/:source/webhook`: signed by its sender; 202 if something was new, 200 for a duplicate or what concerns nothing here, with a result per item. */
export function webhookRoute(server: FastifyInstance, options: WebhookOptions): void {
  void server.register((app, _options, done) => {
    // The signature is over the bytes; whoever did not sign them is told nothing of what is in them.
    keepBodies(app, ['application/json', 'text/xml', 'application/xml', 'application/soap+xml']);
    const { keeper } = options;
    const queue = createDeliveryQueue(options.database, options.seal);
    const findSecret = createSecretFinder(options.database, options.seal);
    const { webhook: largest } = keeper.policy.bodies;
    // Before the body is read and the secret is looked up: who is refused anyway costs neither memory nor a query.
    const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      connectorOf(options, request);
      const address = clientAddress(request.raw, keeper.trustedHops);
      keeper.forgeries.refuseUsedUp({ address, secretId: namedSecret(request) });
      holdBody(request, reply, { budget: keeper.bodies.ofAddress, sender: addressKey(address), largest });
    };
    app.post('/api/integrations/:source/webhook', { bodyLimit: largest, onRequest }, async (request, reply) => {
      const connector = connectorOf(options, request);
      const address = clientAddress(request.raw, keeper.trustedHops);
      const from = { address, secretId: namedSecret(request) };
      // Others from there may have failed while the body arrived.
      keeper.forgeries.refuseUsedUp(from);
      const inbound = inboundOf(request, options);
      const { tenantId, secretId, isProof, firstSecret, settings } = await sender(findSecret, connector, inbound).catch(async (error: unknown) => {
        if (error instanceof Unauthenticated) {
          countDelivery(connector.source, 'unauthenticated');
          await keeper.forgeries.count({ ...from, exists: await isKnown(findSecret, { id: from.secretId, connector, now: inbound.now }) });
        }
        throw error;
      });
      if (isProof) keeper.forgeries.pass(from);
      const caller = { tenantId, actor: { kind: 'machine' as const, id: `${connector.source}:${secretId}` }, requestId: request.id, ...(isProof ? {} : { isUnproven: true }) };
      keeper.refuseUsedUp(caller);
      await keeper.charge(caller, 100);
      planTurn(request, reply, () => keeper.turns.take(caller));
      await startTurn(request);
      if (firstSecret !== undefined) {
        await options.database.transact(caller, (work) => keepFirstSecret(work, options.seal, { id: secretId, text: firstSecret }));
        countDelivery(connector.source, 'handshake');
        return reply.code(200).send({ status: 'accepted', results: [] });
      }
      const { body, handshake, reading } = readBody(connector, { request, inbound, settings });
      if (handshake) {
        countDelivery(connector.source, 'handshake');
        return answer(reply, handshake);
      }
      const delivery = { source: connector.source, reading, body: exactJson(body), secretId };
      endTurn(request);
      const result = await queue.take(caller, delivery).catch((error: unknown) => {
        if (error instanceof InvalidInput) countDelivery(connector.source, 'refused');
        throw error;
      });
      if (result.queued) await announceMessages(options.copies, tenantId, result.queued);
      const event = { occurredAt: latestChange(reading), receivedAt: inbound.now };
      countDelivery(connector.source, result.status);
      // The vendor does not read the answer.
      const refused = countRefusedItems(connector.source, result);
      if (refused.length > 0) options.log.warn({ tenantId, secretId, source: connector.source, requestId: request.id, items: refused.length, first: refused[0] }, 'webhook items refused');
      measureLag(connector.source, event);
      options.lastEvents.note({ tenantId, secretId, ...event });
      const acknowledgement = connector.acknowledge?.(body) ?? null;
      if (acknowledgement) return answer(reply, acknowledgement);
      return reply.code(result.status === 'accepted' ? 202 : 200).send(shown(result));
    });
    done();
  });
}

/** Reads a body whose sender is known; one that cannot be read is counted. */
function readBody(connector: Connector, { request, inbound, settings }: { readonly request: FastifyRequest; readonly inbound: InboundRequest; readonly settings: unknown }) {
  try {
    const body = connector.parse?.(inbound) ?? readRawBody(request);
    const handshake = connector.handshake?.(body) ?? null;
    return handshake ? { body, handshake, reading: null } : { body, handshake, reading: connector.read(body, settings, inbound) };
  } catch (error) {
    if (error instanceof InvalidInput) countDelivery(connector.source, 'refused');
    throw error;
  }
}

/** A body that is one item is answered with its ids beside the status, too. */
function shown({ status, results }: DeliveryResult): object {
  const [only] = results;
  if (!only || results.length > 1 || only.path.length > 0) return { status, results };
  return { status, ...(only.signalId ? { signalId: only.signalId } : {}), ...(only.accountId ? { accountId: only.accountId } : {}), results };
}

function connectorOf({ connectors }: WebhookOptions, { params }: FastifyRequest): Connector {
  const connector = connectors.get((params as { readonly source: string }).source);
  if (!connector) throw new NotFound(`There is no such source of webhooks. Send to one of: ${[...connectors.keys()].map((source) => `/api/integrations/${source}/webhook`).join(', ')}.`);
  return connector;
}

const answer = (reply: FastifyReply, { status, contentType, body }: Handshake): FastifyReply => reply.code(status).type(contentType).send(body);

const single = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const namesIn = (request: FastifyRequest): Pick<InboundRequest, 'header' | 'query'> => ({
  header: (name) => single(request.headers[name]),
  query: (name) => single((request.query as Readonly<Record<string, unknown>>)[name]),
});

function inboundOf(request: FastifyRequest, { clock, publicUrl }: WebhookOptions): InboundRequest {
  return {
    ...namesIn(request),
    method: request.method,
    path: request.url,
    publicUrl,
    body: rawBody(request),
    now: clock.now(),
  };
}

/** The id of the secret that a request names; null where it names none. */
function namedSecret(request: FastifyRequest): string | null {
  try {
    return secretIdOf(namesIn(request));
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}

/** Whether a secret that a request names exists, whatever was wrong with the request. */
async function isKnown(findSecret: FindSecret, { id, connector, now }: { readonly id: string | null; readonly connector: Connector; readonly now: Date }): Promise<boolean> {
  return id !== null && (await findSecret({ id, source: connector.source, maker: connector.secretMaker, now })) !== null;
}

async function sender(findSecret: FindSecret, connector: Connector, inbound: InboundRequest) {
  const { secretId, isProof, firstSecret, verify } = connector.authenticate(inbound);
  const found = await findSecret({ id: secretId, source: connector.source, maker: connector.secretMaker, now: inbound.now });
  if (!found) throw new Unauthenticated('There is no such webhook secret. Check X-Webhook-Id, or ?id= in the URL.');
  const { tenantId, secret, settings } = found;
  const told = { tenantId, secretId: secretId as Id<'WebhookSecret'>, isProof, settings, firstSecret };
  if (firstSecret !== undefined && secret === null) return told;
  if (firstSecret !== undefined) throw new Unauthenticated('The secret of this webhook is known already; this request is not signed with it.');
  if (secret === null) throw new Unauthenticated('The vendor has not sent the secret of this webhook yet.');
  await verify(secret, settings);
  return told;
}
