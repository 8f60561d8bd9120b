import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from '../../src/platform/postgres/server-process.ts';

/** A Kafka for tests. */
export interface KafkaService {
  readonly brokers: readonly string[];
  /** Ends the broker at once, as a power cut would, keeping its data; null where it is not ours to end. */
  readonly kill: (() => Promise<void>) | null;
  /** Starts it again on the same address and data; resolves when it answers. */
  readonly restart: (() => Promise<void>) | null;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const image = 'apache/kafka:4.1.0';
/** KRaft wants one to format its folder; any will do. */
const clusterId = 'Y29udGV4dC1ncmFwaC10ZQ';

/**
 * A real broker: TEST_KAFKA_BROKERS when set, else a container where a Docker engine runs, else Apache's jars on this
 * machine's Java. Null, said loudly, where there is none of these; in CI (CI=true) that is an error instead.
 */
export async function startKafka({ mustBeOurs = false } = {}): Promise<KafkaService | null> {
  const given = process.env['TEST_KAFKA_BROKERS'];
  if (given && !mustBeOurs) return { brokers: given.split(','), kill: null, restart: null, stop: async () => undefined };
  const missing: string[] = [];
  for (const start of [startContainer, startJars]) {
    const started = await start().catch((error: unknown) => void missing.push(error instanceof Error ? error.message : String(error)));
    if (started) return started;
  }
  const told = `There is no Kafka to test on: set TEST_KAFKA_BROKERS, or install Java 17 and Maven.\n${missing.join('\n')}`;
  if (process.env['CI'] === 'true') throw new Error(told);
  process.stderr.write(`\n!!! NOT RUN: tests that need Kafka. ${told}\n\n`);
  return null;
}

async function startContainer(): Promise<KafkaService> {
  await run('docker', ['info']);
  const port = await freePort();
  const settings = Object.entries({ ...properties(port, 9093), 'log.dirs': '/tmp/kafka' }).flatMap(([name, value]) => ['-e', `KAFKA_${name.toUpperCase().replaceAll('.', '_')}=${value}`]);
  const { stdout } = await run('docker', ['run', '-d', '-p', `127.0.0.1:${port}:${port}`, ...settings, image]);
  const container = stdout.trim();
  const brokers = [`127.0.0.1:${port}`];
  await untilAnswering(brokers, () => null);
  return {
    brokers,
    kill: async () => void (await run('docker', ['kill', container])),
    async restart() {
      await run('docker', ['start', container]);
      await untilAnswering(brokers, () => null);
    },
    stop: async () => void (await run('docker', ['rm', '-f', container])),
  };
}

async function startJars(): Promise<KafkaService> {
  const jars = await fetchJars();
  const [port, controller] = [await freePort(), await freePort()];
  const brokers = [`127.0.0.1:${port}`];
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-kafka-'));
  const file = join(folder, 'server.properties');
  const settings = { ...properties(port, controller), 'log.dirs': join(folder, 'data') };
  await writeFile(file, Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(''));
  const java = (...parameters: string[]): string[] => [
    '-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', `${jars}/*`, ...parameters,
  ];
  await run('java', java('kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file));
  let broker: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const started = spawn('java', java('kafka.Kafka', file), { stdio: ['ignore', 'pipe', 'pipe'] });
    broker = started;
    let said = '';
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4_000)));
    await untilAnswering(brokers, () => (started.exitCode === null ? null : said));
  };
  const kill = async (): Promise<void> => {
    const ended = broker;
    broker = null;
    if (!ended || ended.exitCode !== null) return;
    const exit = once(ended, 'exit');
    ended.kill('SIGKILL');
    await exit;
  };
  await start();
  const orphaned = (): void => void broker?.kill('SIGKILL');
  process.once('exit', orphaned);
  return {
    brokers,
    kill,
    restart: start,
    async stop() {
      await kill();
      process.off('exit', orphaned);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One node that is broker and controller, and keeps to itself. */
function properties(port: number, controller: number): Record<string, string | number> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': 'false',
  };
}

/** Apache's jars, fetched once per machine and version. */
async function fetchJars(): Promise<string> {
  const pom = join(import.meta.dirname, 'kafka.pom.xml');
  const version = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)/.exec(await readFile(pom, 'utf8'))?.[1] ?? 'unknown';
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'context-graph');
  const jars = join(cache, `kafka-${version}`);
  if (existsSync(jars)) return jars;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, 'fetching-'));
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${fresh}`], { maxBuffer: 10_000_000 });
  // Another test file may have been faster; its folder is as good.
  await rename(fresh, jars).catch(() => rm(fresh, { recursive: true, force: true }));
  return jars;
}

/** Waits until the broker tells of its cluster; `ended` answers what it said when it has ended instead. */
async function untilAnswering(brokers: readonly string[], ended: () => string | null): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 1_000 });
  for (const end = performance.now() + 60_000; ; ) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.describeCluster();
      return;
    } catch (error) {
      const said = ended();
      if (said !== null) throw new Error(`Kafka ended at its start: ${said}`, { cause: error });
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await admin.disconnect();
    }
  }
}

