import type { Bus } from '../platform/events/bus.ts';
import type { IntakeOptions } from '../platform/events/consume.ts';
import { createKafkaBus } from '../platform/events/kafka-bus.ts';
import type { KafkaSettings } from '../platform/events/kafka-connection.ts';
import { createPostgresBus } from '../platform/events/postgres-bus.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { auditAnchored, restoreAccepted } from '../features/audit/index.ts';
import { events } from './events.ts';

/** Anchors stay: with them a chain is told from a forged one however long ago it was signed. */
const kept = [auditAnchored.kind, restoreAccepted.kind];

/** The bus that is configured; what is on it is the same. */
export function openBus(kafka: KafkaSettings | null, { log, ...parts }: IntakeOptions & { readonly database: Database; readonly log: Log }): Bus {
  if (!kafka) return createPostgresBus({ ...parts, kept });
  const kinds = events.map(({ kind }) => kind);
  return createKafkaBus({ ...parts, kinds, kept, settings: kafka, onLog: (message, fields) => log.debug({ ...fields }, message) });
}
