import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Which features a feature may use, by their doors. The table has no circle; a new arrow is a decision. */
const features: Readonly<Record<string, readonly string[]>> = {
  access: [],
  context: ['access', 'accounts', 'health', 'lineage', 'scoring', 'profiles', 'signals', 'sources', 'consent', 'stages'],
  stages: ['access'],
  trust: [],
  accounts: ['access', 'consent', 'lineage', 'stages', 'sources', 'trust'],
  sources: ['access'],
  signals: ['access', 'accounts', 'consent', 'lineage', 'stages', 'trust'],
  crm: ['access', 'accounts', 'signals', 'sources', 'stages', 'trust'],
  lineage: ['access', 'trust'],
  scoring: ['access', 'accounts', 'consent', 'signals', 'lineage'],
  profiles: ['access', 'accounts', 'consent', 'lineage', 'trust'],
  health: ['access', 'accounts', 'lineage'],
  snapshots: ['access', 'accounts', 'health', 'lineage'],
  audit: ['access', 'accounts'],
  spending: ['access'],
  sessions: ['access', 'accounts', 'consent', 'lineage', 'profiles', 'trust'],
  laboratory: ['access', 'accounts', 'consent', 'scoring', 'signals', 'stages', 'actions'],
  connectors: ['access', 'accounts', 'consent', 'context', 'crm', 'erasure', 'sessions', 'signals', 'stages', 'trust'],
  consent: ['access'],
  actions: ['access', 'accounts', 'context', 'signals', 'lineage', 'scoring', 'profiles', 'consent', 'trust'],
  erasure: ['access', 'accounts', 'sources'],
  identity: ['access', 'accounts', 'consent', 'scoring', 'actions'],
  enrichment: ['access', 'accounts', 'connectors', 'consent', 'context', 'lineage', 'scoring', 'sources', 'trust'],
  portfolio: ['access', 'accounts', 'signals', 'scoring', 'profiles', 'stages'],
};

/** What each layer may import: main → app → {api, workers} → features → platform. */
const layers: Readonly<Record<string, readonly string[]>> = {
  main: ['app'],
  app: ['app', 'api', 'workers', 'features', 'platform', 'migrations'],
  api: ['api', 'features', 'platform'],
  workers: ['workers', 'features', 'platform'],
  features: ['features', 'platform'],
  platform: ['platform'],
  console: ['console'],
  migrations: ['migrations', 'platform'],
};

/** The only places that may import a package; everything else goes through them. */
const homes: Readonly<Record<string, readonly RegExp[]>> = {
  kafkajs: [/^src\/platform\/events\//],
  'graphql-redis-subscriptions': [/^src\/api\/live\//],
  ioredis: [/^src\/platform\/redis\//, /^src\/api\/live\//],
  'graphile-worker': [/^src\/platform\/jobs\//, /^src\/platform\/postgres\/job-schema/],
  pg: [/^src\/platform\/postgres\//],
  kysely: [/^src\/platform\/postgres\//],
  '@mikro-orm/core': [/^src\/platform\/postgres\//, /\.entity\.ts$/],
  '@mikro-orm/postgresql': [/^src\/platform\/postgres\//, /\.entity\.ts$/],
  '@mikro-orm/migrations': [/^migrations\//, /^src\/platform\/postgres\//],
  'prom-client': [/^src\/platform\/metrics/],
  pino: [/^src\/platform\/log/],
  'pino-pretty': [/^src\/platform\/log/],
  jose: [/^src\/features\/access\//, /^src\/features\/connectors\/jira\//],
  'csv-parse': [/^src\/features\/laboratory\/read-csv/],
  saxes: [/^src\/features\/connectors\//],
  cockatiel: [/^src\/features\/connectors\/outbound\//],
  '@jsforce/jsforce-node': [/^src\/features\/connectors\/salesforce\//],
  '@grpc/grpc-js': [/^src\/features\/connectors\/salesforce\//],
  '@grpc/proto-loader': [/^src\/features\/connectors\/salesforce\//],
  avsc: [/^src\/features\/connectors\/salesforce\//],
  'jira.js': [/^src\/features\/connectors\/jira\//],
  '@slack/web-api': [/^src\/features\/connectors\/slack\//],
  '@notionhq/client': [/^src\/features\/connectors\/notion\//],
  '@hubspot/api-client': [/^src\/features\/connectors\/hubspot\//],
  fastify: [/^src\/api\/http\//],
  '@apollo/server': [/^src\/api\//],
  'graphql-ws': [/^src\/api\/live\//, /^src\/console\//],
  urql: [/^src\/console\/rooms\//],
  wouter: [/^src\/console\/rooms\//],
  react: [/^src\/console\//],
  ai: [/^src\/platform\/llm\//],
  '@ai-sdk/openai': [/^src\/platform\/llm\//],
  re2js: [/^src\/features\/profiles\//],
  tldts: [/^src\/features\/identity\//],
  'email-providers': [/^src\/features\/identity\//],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name)).map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

async function imports(): Promise<Import[]> {
  const files = [...(await sources('src')), ...(await sources('migrations'))];
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), 'utf8');
      return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => ({ file, target }));
    }),
  );
  return found.flat();
}

const isLocal = (target: string): boolean => target.startsWith('.');
const inProject = ({ file, target }: Import): string => relative(root, resolve(root, dirname(file), target));
const layerOf = (path: string): string => (path === 'src/main.ts' ? 'main' : path.startsWith('src/') ? (path.split('/')[1] ?? '') : (path.split('/')[0] ?? ''));
const featureOf = (path: string): string | null => /^src\/features\/([^/]+)\//.exec(path)?.[1] ?? null;

test('layers are only imported downward', async () => {
  const wrong = (await imports()).filter(isLocalImport).filter((each) => !layers[layerOf(each.file)]?.includes(layerOf(inProject(each))));
  expect(wrong.map(show)).toEqual([]);
});

test('features see each other only through their doors, along the table', async () => {
  const wrong = (await imports()).filter(isLocalImport).filter((each) => {
    const [from, to] = [featureOf(each.file), featureOf(inProject(each))];
    if (to === null || from === to) return false;
    const door = /\/(index|graphql)\.ts$/.test(inProject(each));
    if (from === null) return !door && !each.file.startsWith('src/app/');
    return !inProject(each).endsWith('/index.ts') || !features[from]?.includes(to);
  });
  expect(wrong.map(show)).toEqual([]);
});

test('the table of features has no circle and names every feature', async () => {
  const names = (await readdir(join(root, 'src/features'))).toSorted();
  expect(Object.keys(features).toSorted()).toEqual(names);
  const reaches = (name: string, seen: readonly string[]): boolean => seen.includes(name) || (features[name] ?? []).some((next) => reaches(next, [...seen, name]));
  expect(names.filter((name) => reaches(name, []))).toEqual([]);
});

test('each package is imported in its home only', async () => {
  const wrong = (await imports()).filter(({ target }) => !isLocal(target)).filter(({ file, target }) => {
    const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');
    const home = homes[name];
    return home !== undefined && !home.some((place) => place.test(file));
  });
  expect(wrong.map(show)).toEqual([]);
});

test('the environment is read in one file, and the wall clock in one', async () => {
  const files = (await sources('src')).filter((file) => !file.startsWith('src/console/'));
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })));
  // main.ts says what it does before the configuration can be loaded, and asks whether anybody wants to read it.
  expect(texts.filter(({ text }) => /process\.env/.test(text)).map(({ file }) => file)).toEqual(['src/main.ts', 'src/app/config.ts']);
  expect(texts.filter(({ text }) => /new Date\(\)|Date\.now\(\)/.test(text)).map(({ file }) => file)).toEqual(['src/platform/clock.ts']);
});

test('names that say nothing are not used, and no file is longer than 350 lines', async () => {
  const files = [...(await sources('src')), ...(await sources('test')), ...(await sources('migrations'))].filter((file) => !/^(test|src\/console)\/generated\//.test(file));
  const banned = /(^|[/.-])(utils?|helpers?|common|shared|manager|base|misc|impl)(\/|\.tsx?$)/;
  expect(files.filter((file) => banned.test(file))).toEqual([]);
  const long = await Promise.all(files.map(async (file) => ({ file, lines: (await readFile(join(root, file), 'utf8')).split('\n').length })));
  expect(long.filter(({ lines }) => lines > 351)).toEqual([]);
});

function isLocalImport(each: Import): boolean {
  return isLocal(each.target);
}

function show({ file, target }: Import): string {
  return `${file} → ${target}`;
}
