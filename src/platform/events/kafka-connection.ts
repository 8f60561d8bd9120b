import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import kafkajs, { Kafka, logLevel, type Admin, type SASLOptions } from 'kafkajs';
import { pause } from '../pause.ts';
import { useFetchSessions } from './kafka-fetch.ts';

/** How to reach Kafka, and how topics are made there. */
export interface KafkaSettings {
  /** host:port of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  readonly sasl: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string } | null;
  /** Before every topic and group, so that several installations may share a cluster. */
  readonly prefix: string;
  /** Partitions of a topic that is made; an existing one keeps its own. */
  readonly partitions: number;
  /** Replicas of a topic that is made. */
  readonly replication: number;
}

/** Opens sockets in the place of the usual way; tests cut them. */
export type SocketFactory = (to: { host: string; port: number; ssl: object | undefined; onConnect: () => void }) => Socket;

/** What a connection to Kafka is made of. */
export interface KafkaConnectionOptions {
  readonly settings: KafkaSettings;
  /** What the client library says, for whoever looks into it closely. */
  readonly onLog: (message: string, fields: object) => void;
  readonly sockets?: SocketFactory;
  /** Topics whose events stay for ever; none when absent. */
  readonly kept?: readonly string[];
}

/** Kafka, for the parts of the bus. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  /** As the cluster knows a topic or group of ours. */
  named(name: string): string;
  /** As we know a topic of the cluster. */
  plain(name: string): string;
  /** Makes those of our topics that are missing. */
  ensure(topics: readonly string[]): Promise<void>;
  /** After a failure: topics that were there may be there no longer. */
  doubt(): void;
  /** Asks the cluster something over one connection that is kept. */
  ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

/** Events stay for a week; consumers' inboxes remember for two, so whatever may come again is still known. Milliseconds. */
const retention = 7 * 86_400_000;
const forEver = '-1';

/** Our events have less than a kilobyte; a dead letter may carry whatever somebody put on a topic. Bytes. */
const largestMessage = 4_194_304;

/** Prepares a connection; nothing is sent before it is asked for. */
export function connectKafka({ settings, onLog, sockets, kept = [] }: KafkaConnectionOptions): KafkaConnection {
  const { prefix } = settings;
  useFetchSessions();
  const kafka = new Kafka({
    clientId: 'context-graph',
    brokers: [...settings.brokers],
    ssl: settings.ssl,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    logLevel: logLevel.INFO,
    logCreator: () => ({ log: { message, ...fields } }) => onLog(message, fields),
    ...(settings.sasl && { sasl: settings.sasl as SASLOptions }),
    socketFactory: sockets ?? openSocket,
  });
  const known = new Set<string>();
  const stay = new Set(kept.map((topic) => prefix + topic));
  let asking: Promise<Admin> | null = null;

  const drop = (connected: Promise<Admin>): void => {
    if (asking === connected) asking = null;
    void connected.then((admin) => admin.disconnect()).catch(() => undefined);
  };
  const ask = async <Answer>(question: (admin: Admin) => Promise<Answer>, attempts = 3): Promise<Answer> => {
    const connected = (asking ??= connectAdmin(kafka));
    try {
      return await question(await connected);
    } catch (error) {
      // Another question failed meanwhile, and the connection was closed under this one.
      const wasClosed = asking !== connected;
      drop(connected);
      // Of a topic that was only just made, or a broker that has just changed, not everybody knows yet.
      const mayPass = wasClosed || (error instanceof kafkajs.KafkaJSProtocolError && error.retriable);
      if (attempts === 1 || !mayPass) throw error;
      await pause(200);
      return ask(question, attempts - 1);
    }
  };

  return {
    kafka,
    named: (name) => prefix + name,
    plain: (name) => name.slice(prefix.length),
    ask,
    async ensure(topics) {
      const unknown = topics.filter((topic) => !known.has(topic));
      if (unknown.length === 0) return;
      await ask(async (admin) => {
        const there = new Set(await admin.listTopics());
        const missing = unknown.filter((topic) => !there.has(prefix + topic));
        // Two processes may make the same topic at once; the second is told that it exists, which is as good.
        if (missing.length > 0) await admin.createTopics({ waitForLeaders: true, topics: missing.map((topic) => topicOf(prefix + topic, settings, stay)) });
        const older = unknown.map((topic) => prefix + topic).filter((topic) => stay.has(topic) && there.has(topic));
        await Promise.all(older.map((topic) => keepForEver(admin, topic).catch((error: unknown) => onLog('a topic that was there does not keep its events for ever', { topic, error }))));
      });
      for (const topic of unknown) known.add(topic);
    },
    doubt: () => known.clear(),
    async close() {
      if (asking) await asking.then((admin) => admin.disconnect()).catch(() => undefined);
      asking = null;
    },
  };
}

/** Small requests are sent at once: the library's own sockets let them wait for up to 40 ms, several times on an event's way. */
function openSocket({ host, port, ssl, onConnect }: Parameters<SocketFactory>[0]): Socket {
  const socket = ssl ? connectSecurely({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect) : connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, 10_000).setNoDelay(true);
}

async function connectAdmin(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin();
  await admin.connect();
  return admin;
}

/** A topic that was made with another retention, by hand or by an earlier version. What else was set for it stays. */
async function keepForEver(admin: Admin, topic: string): Promise<void> {
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }] });
  const own = (resources[0]?.configEntries ?? []).filter(({ isDefault, configSource }) => !isDefault && configSource === kafkajs.ConfigSource.TOPIC_CONFIG);
  if (own.some(({ configName, configValue }) => configName === 'retention.ms' && configValue === forEver)) return;
  const rest = own.filter(({ configName }) => configName !== 'retention.ms').map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries: [...rest, { name: 'retention.ms', value: forEver }] }] });
}

function topicOf(topic: string, { partitions, replication }: KafkaSettings, stay: ReadonlySet<string>) {
  return {
    topic,
    numPartitions: partitions,
    replicationFactor: replication,
    configEntries: [
      { name: 'retention.ms', value: stay.has(topic) ? forEver : String(retention) },
      { name: 'max.message.bytes', value: String(largestMessage) },
    ],
  };
}
