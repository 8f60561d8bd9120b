import { z } from 'zod';
import { defaultHighIntentThreshold } from '../features/scoring/scoring-model.ts';
import { defaultEmailDailyLimit } from '../features/actions/daily-limit.ts';
import { shortestSecretBytes } from '../features/access/index.ts';
import type { KafkaSettings } from '../platform/events/kafka-connection.ts';

/** The parts a process may play. */
export const roles = ['api', 'outbox-relay', 'context-engine', 'orchestration', 'executor', 'live-bridge', 'scheduler', 'laboratory'] as const;
export type ProcessRole = (typeof roles)[number];
/** The parts that a process in laboratory mode may play; all others change production. */
export const laboratoryRoles: readonly ProcessRole[] = ['api', 'laboratory'];

const list = (text: string): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '');
const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
const whole = (min: number, max: number) => {
  const told = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(told).int(told).min(min, told).max(max, told);
};

/** The vendors whose address can be set; of Salesforce that of its streams, too. */
const vendorNames = ['salesforce', 'salesforce-pubsub', 'jira', 'slack', 'notion', 'hubspot', 'chatwoot'];

function readVendorUrl(text: string): readonly [string, string] | null {
  const [, name = '', address = ''] = /^([a-z-]+)=(.+)$/.exec(text) ?? [];
  const url = URL.parse(address);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.origin === address.replace(/\/$/, '');
  return vendorNames.includes(name) && isOrigin ? [name, url.origin] : null;
}

const isAddress = (text: string): boolean => /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(text);

const environment = z.object({
  ROLES: z.string().default('all').transform((text, context): readonly ProcessRole[] => {
    const asked = list(text);
    const unknown = asked.filter((name) => name !== 'all' && !roles.some((role) => role === name));
    if (unknown.length > 0 || asked.length === 0) context.addIssue({ code: 'custom', message: `must be all, or some of ${roles.join(', ')}` });
    return asked.includes('all') ? roles : roles.filter((role) => asked.includes(role));
  }),
  EXECUTION_MODE: z.enum(['production', 'laboratory'], 'must be production or laboratory').default('production'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535).default(4000),
  DATA_FOLDER: z.string().min(1).default('.data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  DATABASE_ADMIN_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  REDIS_URL: z.string().transform((text, context): readonly string[] => {
    const urls = list(text);
    const usable = urls.length > 0 && urls.every((url) => /^rediss?:$/.test(URL.parse(url)?.protocol ?? '') && URL.parse(url)?.hostname !== '');
    if (!usable) context.addIssue({ code: 'custom', message: 'must be a redis:// or rediss:// URL, or several of one Redis Cluster, separated by commas' });
    return urls;
  }).optional(),
  DRAIN_SECONDS: whole(0, 10).default(0),
  DATABASE_CONNECTIONS: whole(8, 500).default(20),
  ANSWER_MEMORY_MB: whole(0, 4_096).default(32),
  KAFKA_BROKERS: z.string().transform(list).refine((brokers) => brokers.length > 0 && brokers.every(isAddress), 'must be host:port, or several with commas between').optional(),
  KAFKA_TOPIC_PREFIX: z.string().regex(/^[a-zA-Z0-9._-]{0,100}$/, 'may have letters, digits, dots, hyphens and underscores, at most 100').default(''),
  KAFKA_PARTITIONS: whole(1, 10_000).default(12),
  KAFKA_REPLICATION: whole(1, 20).default(1),
  KAFKA_SSL: flag.default(false),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512').optional(),
  KAFKA_USERNAME: z.string().min(1).optional(),
  KAFKA_PASSWORD: z.string().min(1).optional(),
  JWT_SECRET: z.string().refine((text) => Buffer.byteLength(text) >= shortestSecretBytes, `must have at least ${shortestSecretBytes} bytes`).optional(),
  JWKS_URL: z.url('must be a URL').transform((text) => new URL(text)).optional(),
  JWT_ISSUER: z.string().min(1).default('context-graph'),
  JWT_AUDIENCE: z.string().min(1).default('context-graph'),
  MASTER_KEY: z.base64('must be base64').refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64').optional(),
  NEW_MASTER_KEY: z.base64('must be base64').refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64').optional(),
  SIGNING_KEY: z.base64('must be base64').refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64').optional(),
  TRUSTED_KEYS: z.string().default('').transform(list).refine((keys) => keys.every((key) => /^[A-Za-z0-9+/_-]{43}=?$/.test(key)), 'must be public keys of 32 bytes in base64, separated by commas'),
  CORS_ORIGINS: z.string().default('').transform(list).refine((origins) => origins.every((origin) => URL.parse(origin)?.origin === origin), 'must be origins such as https://app.example, separated by commas'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be a URL such as https://graph.example' }).transform((text) => text.replace(/\/+$/, '')).refine((text) => !/[?#]/.test(text), 'must be a URL without ? and #').optional(),
  VENDOR_URLS: z.string().default('').transform((text, context): ReadonlyMap<string, string> => {
    const read = list(text).map(readVendorUrl);
    if (read.includes(null)) context.addIssue({ code: 'custom', message: `must be vendors and where they are reached, such as slack=http://127.0.0.1:8001, separated by commas; vendors: ${vendorNames.join(', ')}` });
    return new Map(read.filter((each) => each !== null));
  }),
  TRUST_PROXY: z.string().default('0').transform((text, context): number => {
    // "true" meant "whatever the header says"; it means the one balancer that the delivered installation has.
    const hops = text === 'false' ? 0 : text === 'true' ? 1 : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
    if (!(hops <= 10)) context.addIssue({ code: 'custom', message: 'must be the number of proxies before the API, from 0 to 10' });
    return hops;
  }),
  HIGH_INTENT_THRESHOLD: z.coerce.number('must be a number from 0 to 100').min(0, 'must be 0 or more').max(100, 'must be at most 100').default(defaultHighIntentThreshold),
  EMAIL_DAILY_LIMIT_PER_ACCOUNT: whole(0, 1_000).default(defaultEmailDailyLimit),
  OPENAI_API_KEY: z.string().min(1).optional(),
  LLM_MODEL: z.string().regex(/^[a-zA-Z0-9._:-]{1,100}$/, 'must be the name of a model').default('gpt-5.4-mini'),
  LLM_TIMEOUT_SECONDS: whole(1, 300).default(30),
  LLM_DAILY_BUDGET_USD_PER_TENANT: z.coerce.number('must be a number of dollars from 0 to 1000000').min(0, 'must be a number of dollars from 0 to 1000000').max(1_000_000, 'must be a number of dollars from 0 to 1000000').default(10),
  DEMO: flag.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'must be trace, debug, info, warn, error or silent').default('info'),
});

/** Every variable that the program reads. */
export const variableNames: readonly string[] = Object.keys(environment.shape);

/** The variables that the process was started with. */
export const givenVariables = (): Readonly<Record<string, string | undefined>> => process.env;

/** Everything the program can be told, checked. A part that is not configured is null. */
export interface Config {
  /** `laboratory`: the process serves and runs experiments, and can do nothing else. */
  readonly mode: 'production' | 'laboratory';
  readonly roles: readonly ProcessRole[];
  readonly host: string;
  readonly port: number;
  /** Null: an embedded database in this folder. */
  readonly database: { readonly url: string; readonly adminUrl: string | null } | null;
  readonly dataFolder: string;
  /** Null: caches and live channels in this process. Several are nodes of one cluster. */
  readonly redisUrls: readonly string[] | null;
  /** How long a process that is told to stop goes on serving, while its readiness says no. */
  readonly drainSeconds: number;
  readonly connections: number;
  /** Memory for finished answers; 0: every operation runs. */
  readonly answerBytes: number;
  /** Null: events travel by way of PostgreSQL. */
  readonly kafka: KafkaSettings | null;
  /** Null: a secret is made and kept in the data folder. */
  readonly keys: { readonly secret: string } | { readonly jwksUrl: URL } | null;
  readonly issuer: string;
  readonly audience: string;
  /** Null: one is made and kept in the data folder. */
  readonly masterKey: Buffer | null;
  /** The key to change to, for `npm run keys -- rotate`. */
  readonly newMasterKey: Buffer | null;
  /** The seed of the Ed25519 key that signs. Null: it is derived from the first master key. */
  readonly signingKey: Buffer | null;
  /** Public keys that signed in the past, base64. */
  readonly trustedKeys: readonly string[];
  readonly origins: readonly string[];
  /** Proxies of the installation before the API; each adds its caller to X-Forwarded-For. */
  readonly trustedHops: number;
  /** Where the public reaches the API, without a slash at its end. Null: not known, and webhooks signed over their URL are refused. */
  readonly publicUrl: string | null;
  /** Where vendors are reached, by source, if not at their public address: origins. */
  readonly vendorUrls: ReadonlyMap<string, string>;
  readonly highIntentThreshold: number;
  readonly emailDailyLimit: number;
  /** Null: plain templates extract, and say so. The budget is each tenant's for a day (UTC), in whole micro-dollars. */
  readonly openAi: { readonly apiKey: string; readonly model: string; readonly timeoutMilliseconds: number; readonly dailyBudget: number } | null;
  readonly demo: boolean;
  readonly logLevel: string;
}

/** What is wrong with the configuration: every fault, one line each. */
export class ConfigurationFault extends Error {
  constructor(faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigurationFault';
  }
}

/** Reads the environment; throws one `ConfigurationFault` that names every fault. */
export function readConfig(variables: Readonly<Record<string, string | undefined>> = givenVariables()): Config {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''));
  const read = environment.safeParse(given);
  const faults = read.success ? [] : read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  if (given['JWT_SECRET'] && given['JWKS_URL']) faults.push('JWT_SECRET and JWKS_URL exclude each other: give one');
  if (given['DATABASE_URL'] && !given['MASTER_KEY']) faults.push('MASTER_KEY must be given with DATABASE_URL: the key that its data was written with; for a new database, 32 random bytes in base64');
  if (given['DATABASE_URL'] && !given['JWT_SECRET'] && !given['JWKS_URL']) faults.push('JWT_SECRET or JWKS_URL must be given with DATABASE_URL');
  if (given['DATABASE_ADMIN_URL'] && !given['DATABASE_URL']) faults.push('DATABASE_ADMIN_URL needs DATABASE_URL beside it');
  if (given['EXECUTION_MODE'] === 'laboratory' && given['ROLES'] && list(given['ROLES']).some((role) => role !== 'all' && !laboratoryRoles.some((name) => name === role))) faults.push(`ROLES may name ${laboratoryRoles.join(' and ')} only with EXECUTION_MODE=laboratory`);
  const credentials = ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'];
  if (credentials.some((name) => given[name]) && !credentials.every((name) => given[name])) faults.push(`${credentials.join(', ')} go together: give all three or none`);
  for (const name of Object.keys(given)) {
    if (name.startsWith('KAFKA_') && name in environment.shape && !given['KAFKA_BROKERS']) faults.push(`${name} needs KAFKA_BROKERS beside it`);
    if (name.startsWith('LLM_') && name in environment.shape && !given['OPENAI_API_KEY']) faults.push(`${name} needs OPENAI_API_KEY beside it`);
  }
  if (!read.success || faults.length > 0) throw new ConfigurationFault(faults);
  const { data } = read;
  const isLaboratory = data.EXECUTION_MODE === 'laboratory';
  return {
    mode: data.EXECUTION_MODE,
    roles: isLaboratory ? data.ROLES.filter((role) => laboratoryRoles.includes(role)) : data.ROLES,
    host: data.HOST,
    port: data.PORT,
    database: data.DATABASE_URL ? { url: data.DATABASE_URL, adminUrl: data.DATABASE_ADMIN_URL ?? null } : null,
    dataFolder: data.DATA_FOLDER,
    kafka: data.KAFKA_BROKERS ? kafkaSettings(data.KAFKA_BROKERS, data) : null,
    redisUrls: data.REDIS_URL ?? null,
    drainSeconds: data.DRAIN_SECONDS,
    connections: data.DATABASE_CONNECTIONS,
    answerBytes: data.ANSWER_MEMORY_MB * 1_024 * 1_024,
    keys: data.JWT_SECRET ? { secret: data.JWT_SECRET } : data.JWKS_URL ? { jwksUrl: data.JWKS_URL } : null,
    issuer: data.JWT_ISSUER,
    audience: data.JWT_AUDIENCE,
    masterKey: data.MASTER_KEY ? Buffer.from(data.MASTER_KEY, 'base64') : null,
    newMasterKey: data.NEW_MASTER_KEY ? Buffer.from(data.NEW_MASTER_KEY, 'base64') : null,
    signingKey: data.SIGNING_KEY ? Buffer.from(data.SIGNING_KEY, 'base64') : null,
    trustedKeys: data.TRUSTED_KEYS,
    origins: data.CORS_ORIGINS,
    trustedHops: data.TRUST_PROXY,
    publicUrl: data.PUBLIC_URL ?? null,
    vendorUrls: data.VENDOR_URLS,
    highIntentThreshold: data.HIGH_INTENT_THRESHOLD,
    emailDailyLimit: data.EMAIL_DAILY_LIMIT_PER_ACCOUNT,
    openAi: data.OPENAI_API_KEY ? { apiKey: data.OPENAI_API_KEY, model: data.LLM_MODEL, timeoutMilliseconds: data.LLM_TIMEOUT_SECONDS * 1_000, dailyBudget: Math.round(data.LLM_DAILY_BUDGET_USD_PER_TENANT * 1_000_000) } : null,
    demo: !isLaboratory && (data.DEMO ?? !data.DATABASE_URL),
    logLevel: data.LOG_LEVEL,
  };
}

function kafkaSettings(brokers: readonly string[], data: z.infer<typeof environment>): KafkaSettings {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = data;
  return {
    brokers,
    ssl: data.KAFKA_SSL,
    sasl: mechanism && username && password ? { mechanism, username, password } : null,
    prefix: data.KAFKA_TOPIC_PREFIX,
    partitions: data.KAFKA_PARTITIONS,
    replication: data.KAFKA_REPLICATION,
  };
}
