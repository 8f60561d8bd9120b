import 'reflect-metadata';
import { Client } from 'pg';
import { startProgram } from '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { createWebhookSecret } from '../../src/features/connectors/index.ts';
import { secretMakerOf } from '../../src/features/connectors/vendors.ts';
import { saveFieldDefinition, updateProfileFields } from '../../src/features/profiles/index.ts';
import { ingestSignals, type SignalStatement } from '../../src/features/signals/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { spareMemory } from '../../src/platform/spare-memory.ts';
import { publicUrl } from '../connectors/vendor-requests.ts';
import { issued } from './caller.ts';
import { answer, readPart } from './part.ts';

/** The program as `npm start` composes it, all roles in one process unless told otherwise; only the rate limit is wider. */
const { databaseUrl, tenantId, masterKey, secret, roles: asked, backbone, redisUrls, answerBytes = 0 } = readPart();
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (fields: object, message: string) => console.error(message, fields) };
const unlimited = { points: 1e12, seconds: 1 };
spareMemory();
/** Statements that this process sent to PostgreSQL, begins and commits included. */
let statements = 0;
const send = Client.prototype.query as (...given: unknown[]) => unknown;
Object.assign(Client.prototype, {
  query(this: Client, ...given: unknown[]): unknown {
    statements += 1;
    return send.apply(this, given);
  },
});
const program = await startProgram({
  roles: asked ?? roles,
  kafka: backbone ? { brokers: backbone.brokers, ssl: false, sasl: null, prefix: '', partitions: 12, replication: 1 } : null,
  redisUrls: redisUrls ?? backbone?.redisUrls ?? null,
  databaseUrl,
  connections: 20,
  answerBytes,
  host: '127.0.0.1',
  port: 0,
  publicUrl,
  keys: { secret },
  ...issued,
  masterKey: Buffer.from(masterKey, 'base64'),
  origins: [],
  trustedHops: 0,
  log: silent as never,
  policy: { ...defaultLimits, principalRate: unlimited, tenantRate: unlimited, sockets: { ...defaultLimits.sockets, perCaller: 100_000, perAddress: 100_000 } },
});
const caller = { tenantId: tenantId as Id<'Tenant'>, actor: { kind: 'machine', id: 'bench' }, requestId: 'bench' } as const;

answer(
  program.url ?? '',
  {
    statements: () => statements,
    /** The ingest use case in its own transaction, without a door before it; answers milliseconds. */
    async ingest(batches: SignalStatement[][]) {
      const from = performance.now();
      for (const batch of batches) {
        await program.database.transact(caller, (work) => ingestSignals(work, batch.map((statement) => ({ statement, requestId: caller.requestId, path: [] }))));
      }
      return performance.now() - from;
    },
    /** Defines fields and fills as many of each profile. */
    async fillProfiles({ accounts, fields }: { accounts: Id<'Account'>[]; fields: number }) {
      const names = Array.from({ length: fields }, (_, index) => `field_${index}`);
      await program.database.transact(caller, async (work) => {
        for (const name of names) await saveFieldDefinition(work, { name, valueType: 'STRING' });
      });
      for (let from = 0; from < accounts.length; from += 10) {
        const updates = accounts.slice(from, from + 10).flatMap((accountId) => names.map((name) => ({ accountId, name, value: `${name} of ${accountId}`, source: 'IMPORT' as const, path: [] })));
        await program.database.transact(caller, (work) => updateProfileFields(work, program.seal, updates));
      }
    },
    async webhookSecret(source) {
      const name = typeof source === 'string' ? source : 'salesforce';
      const made = await program.database.transact(caller, (work) => createWebhookSecret(work, program.seal, name, { maker: secretMakerOf(name), given: secretMakerOf(name) === 'OURS' ? null : `the signing secret of ${name}` }));
      return { id: made.id, secret: made.secret.toString('base64') };
    },
  },
  () => program.stop(),
);
