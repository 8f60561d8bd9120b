import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import { Unauthenticated } from '../../platform/errors.ts';
import { exactJson } from '../../platform/exact-json.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { checkWebhook, findWebhookSecret, salesforceSignal } from '../../features/connectors/index.ts';
import type { IngestQueue } from '../../features/signals/index.ts';
import { addressKey } from '../limits/address-key.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import { holdBody } from './hold-body.ts';
import { keepJsonBodies, rawBody, readRawBody } from './json-body.ts';
import { endTurn, planTurn, startTurn } from './request-turn.ts';
import { ingestOne } from './signals-route.ts';

/** What webhooks take. */
export interface WebhookOptions {
  readonly queue: IngestQueue;
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly keeper: Gatekeeper;
}

const header = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** `POST /api/integrations/salesforce/webhook`: signed by its sender; 202 for a new signal, 200 for a duplicate. */
export function salesforceWebhook(server: FastifyInstance, options: WebhookOptions): void {
  void server.register((app, _options, done) => {
    // The signature is over the bytes; whoever did not sign them is told nothing of what stands in them.
    keepJsonBodies(app);
    const { keeper } = options;
    const { webhook: largest } = keeper.policy.bodies;
    // Before the body is read and the secret is looked up: who is refused anyway costs neither memory nor a query.
    const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const address = clientAddress(request.raw, keeper.trustedHops);
      keeper.forgeries.refuseUsedUp(address);
      holdBody(request, reply, { budget: keeper.bodies.ofAddress, sender: addressKey(address), largest });
    };
    app.post('/api/integrations/salesforce/webhook', { bodyLimit: largest, onRequest }, async (request, reply) => {
      const address = clientAddress(request.raw, keeper.trustedHops);
      // Others from there may have failed while the body arrived.
      keeper.forgeries.refuseUsedUp(address);
      const { tenantId, secretId } = await sender(options, request).catch(async (error: unknown) => {
        if (error instanceof Unauthenticated) await keeper.forgeries.count(address);
        throw error;
      });
      const caller = { tenantId, actor: { kind: 'machine' as const, id: `salesforce:${secretId}` }, requestId: request.id };
      keeper.refuseUsedUp(caller);
      await keeper.charge(caller, 100);
      planTurn(request, reply, () => keeper.turns.take(caller));
      await startTurn(request);
      const statement = salesforceSignal(exactJson(readRawBody(request)));
      endTurn(request);
      const result = await ingestOne(options.queue, caller, { statement, requestId: request.id, path: [] });
      return reply.code(result.status === 'accepted' ? 202 : 200).send(result);
    });
    done();
  });
}

async function sender({ database, seal, clock }: WebhookOptions, request: Parameters<typeof rawBody>[0]) {
  const secretId = header(request.headers['x-webhook-id']);
  if (!secretId || !isUuid(secretId)) throw new Unauthenticated('X-Webhook-Id must hold the id of the webhook\'s secret.');
  const found = await findWebhookSecret(database, seal, secretId, 'salesforce');
  if (!found) throw new Unauthenticated('There is no such webhook secret. Check X-Webhook-Id.');
  checkWebhook({
    secret: found.secret,
    timestamp: header(request.headers['x-webhook-timestamp']),
    signature: header(request.headers['x-webhook-signature']),
    body: rawBody(request),
    now: clock.now(),
  });
  return { tenantId: found.tenantId, secretId };
}
