import type { Bus } from '../platform/events/bus.ts';
import type { KafkaSettings } from '../platform/events/kafka-connection.ts';
import { judgeKafkaError } from '../platform/events/kafka-outage.ts';
import type { Server } from '../platform/outages.ts';
import { judgeDatabaseError } from '../platform/postgres/database-errors.ts';
import { placeOf, requireReachable } from '../platform/postgres/reach.ts';

/** PostgreSQL, as outage messages name it. It is checked over a connection of its own: the pool may be busy. */
export function databaseServer({ databaseUrl: url, databaseVariable: variable = 'DATABASE_URL' }: { readonly databaseUrl: string; readonly databaseVariable?: string }): Server {
  return { name: 'PostgreSQL', place: placeOf(url), variable, meanwhile: 'Requests fail with UNAVAILABLE until it is back.', judge: judgeDatabaseError, check: () => requireReachable({ url, variable }) };
}

/** Kafka, as outage messages name it. */
export function kafkaServer({ brokers }: Pick<KafkaSettings, 'brokers'>, bus: Pick<Bus, 'check'>): Server {
  return { name: 'Kafka', place: brokers.join(', '), variable: 'KAFKA_BROKERS', meanwhile: 'Events wait in the database until it is back.', judge: judgeKafkaError, check: () => bus.check() };
}
