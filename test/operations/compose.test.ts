import { access } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig, roles } from '../../src/app/config.ts';
import { ours, port, read, readCompose, withSecrets } from './compose-file.ts';

const { services, networks } = await readCompose();
const processes = ours(services).filter(([name]) => name !== 'migrate');
const secrets = { POSTGRES_PASSWORD: 'a'.repeat(32), DATABASE_PASSWORD: 'b'.repeat(32), REDIS_PASSWORD: 'c'.repeat(32), MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), JWT_SECRET: 'd'.repeat(32) };
const environmentOf = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [key, withSecrets(value, secrets)]));

test('every role has a service of its own, as often as it should', () => {
  const counts = Object.fromEntries(processes.map(([name, { environment, deploy }]) => [environment['ROLES'] ?? name, deploy.replicas]));
  expect(counts).toEqual({ api: 2, 'outbox-relay': 2, 'context-engine': 3, orchestration: 2, executor: 1, 'live-bridge': 1, scheduler: 1, laboratory: 1 });
  expect(Object.keys(counts).toSorted()).toEqual([...roles].toSorted());
  expect(processes.filter(([name, { environment }]) => environment['ROLES'] !== name)).toEqual([]);
});

test.each(ours(services).map(([name]) => name))('the program takes the environment of %s, and knows every variable of it', async (name) => {
  const environment = environmentOf(name);
  const config = readConfig(environment);
  expect(config.database).not.toBeNull();
  expect(config.database?.adminUrl ?? null, 'only the migration knows the owner').toEqual(name === 'migrate' ? expect.stringContaining('postgres://owner:') : null);
  if (name !== 'migrate') {
    expect(config).toMatchObject({ host: '0.0.0.0', port, roles: [name], redisUrls: [expect.stringContaining('@redis:6379')], kafka: { brokers: ['kafka:9092'] }, demo: false });
  }
  const source = await read('src/app/config.ts');
  const known = new Set([...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, variable = '']) => variable));
  expect(Object.keys(environment).filter((variable) => !known.has(variable))).toEqual([]);
});

test('whoever forgets a secret is told, and no secret has a default or stands in the file', async () => {
  // A part that is off without its variables may have `${NAME:-}`: empty, and so not configured.
  const text = (await read('docker-compose.yml')).replaceAll(/^\s*#.*$/gm, '').replaceAll(/\$\{(OPENAI_API_KEY|LLM_MODEL|LLM_DAILY_BUDGET_USD_PER_TENANT):-\}/g, '');
  expect(text.match(/\$\{[^}]*\}/g)?.filter((each) => !/^\$\{[A-Z_]+:\?[^}]+\}$/.test(each))).toEqual([]);
  expect([...new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name))].toSorted()).toEqual(Object.keys(secrets).toSorted());
  const secretive = Object.values(services)
    .flatMap(({ environment }) => Object.entries(environment))
    .filter(([name]) => /PASSWORD|SECRET|KEY|AUTH$|_URL$/.test(name));
  expect(secretive.length).toBeGreaterThan(10);
  expect(secretive.filter(([name, value]) => !value.includes(':?') && name !== 'OPENAI_API_KEY')).toEqual([]);
  expect(environmentOf('redis')['REDISCLI_AUTH']).toBe(secrets.REDIS_PASSWORD);
});

test('those who ask language models are told the key, if there is one', () => {
  const keyed = { ...secrets, OPENAI_API_KEY: 'a key' };
  const openAiOf = (name: string, given: Readonly<Record<string, string>>): unknown =>
    readConfig(Object.fromEntries(Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [key, withSecrets(value, given)]))).openAi;
  for (const name of ['api', 'scheduler']) {
    expect.soft(openAiOf(name, secrets), name).toBeNull();
    expect.soft(openAiOf(name, keyed), name).toMatchObject({ apiKey: 'a key', model: 'gpt-5.4-mini' });
  }
  expect(openAiOf('outbox-relay', keyed)).toBeNull();
});

test('what is ours runs as a user of no rights, on a root that it cannot write, from one image', async () => {
  for (const [name, service] of ours(services)) expect.soft(service, name).toMatchObject({ user: 'node', init: true, read_only: true });
  const [, migrate] = ours(services).find(([name]) => name === 'migrate') ?? [];
  const dockerfile = await read(migrate?.build?.dockerfile ?? '');
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  expect(last).toMatch(/^USER node$/m);
  expect(last).toMatch(/^CMD \["node", .*"src\/main\.ts"\]$/m);
  expect(dockerfile.match(/^FROM /gm)?.length).toBeGreaterThan(1);
});

test('the image starts the program as npm start does', async () => {
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(await read('package.json')));
  const [, command = '[]'] = /^CMD (.*)$/m.exec(await read('src/app/image/Dockerfile')) ?? [];
  expect(`exec ${z.array(z.string()).parse(JSON.parse(command)).join(' ')}`).toBe(scripts['start']);
  expect(services['migrate']?.command?.join(' ')).toBe(scripts['migrate']);
});

test('everything is limited, restarted, asked for its health, and given time to end', () => {
  for (const [name, service] of Object.entries(services)) {
    expect.soft(Number(service.deploy.resources.limits.cpus), name).toBeGreaterThan(0);
    expect.soft(service.deploy.resources.limits.memory, name).toMatch(/^\d+[MG]$/);
    expect.soft(service.restart, name).toBe(name === 'migrate' ? 'on-failure' : 'unless-stopped');
    expect.soft(service.stop_grace_period ?? name, name).toMatch(/^\d+s$/);
    expect.soft(service.healthcheck.disable ?? false, name).toBe(name === 'migrate');
    if (name !== 'migrate') expect.soft(service.healthcheck.test?.length ?? 0, name).toBeGreaterThan(1);
  }
});

test('a process is given longer to end than it takes itself', async () => {
  const [, longest = ''] = /longestDrain = ([\d_]+)/.exec(await read('src/app/run-program.ts')) ?? [];
  const milliseconds = Number(longest.replaceAll('_', ''));
  expect(milliseconds).toBeGreaterThan(0);
  for (const [name, service] of processes) expect.soft(Number.parseInt(service.stop_grace_period ?? '0', 10) * 1_000, name).toBeGreaterThan(milliseconds);
});

test('the paths asked for health are routes of the program, at its port', async () => {
  const routes = new Set([...(await read('src/api/http/health.ts')).matchAll(/app\.get\('([^']+)'/g)].map(([, route]) => route));
  for (const [name, { healthcheck }] of [...processes, ['balancer', services['balancer']] as const].flatMap(([name, service]) => (service ? [[name, service] as const] : []))) {
    const [, asked, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/[a-z/]*)/.exec(healthcheck.test?.join(' ') ?? '') ?? [];
    expect.soft(Number(asked), name).toBe(port);
    expect.soft(path, `${name}: whether it lives`).toBe('/health');
    expect.soft(routes, name).toContain(path);
  }
  const haproxy = await read('src/app/image/haproxy.cfg');
  expect(/option httpchk GET (\S+)/.exec(haproxy)?.[1], 'whether it is ready').toBe('/health/ready');
  expect(routes).toContain('/health/ready');
});

test('users reach the API through the balancer only, whose word about their address the API believes', async () => {
  const haproxy = await read('src/app/image/haproxy.cfg');
  expect(/server-template \S+ (\d+) api:(\d+)/.exec(haproxy)?.slice(1).map(Number)).toEqual([expect.toSatisfy((slots: number) => slots >= (services['api']?.deploy.replicas ?? Infinity)), port]);
  expect(haproxy).toMatch(/^ {2}bind :4000$/m);
  expect(haproxy).toMatch(/http-request set-header X-Forwarded-For %\[src\]/);
  expect(readConfig(environmentOf('api')).trustedHops).toBe(1);
  const open = Object.entries(services).filter(([, { ports }]) => ports.length > 0);
  expect(open.map(([name]) => name)).toEqual(['balancer', 'prometheus', 'grafana']);
  expect(open.flatMap(([, { ports }]) => ports).filter((each) => !each.startsWith('127.0.0.1:'))).toEqual([]);
});

test('stores are on the inner network only; what is ours waits for the migration', () => {
  expect(networks['backbone']).toEqual({ internal: true });
  for (const name of ['postgres', 'redis', 'kafka']) expect.soft(services[name]?.networks, name).toEqual(['backbone']);
  for (const [name, { depends_on }] of processes) {
    expect.soft(depends_on, name).toEqual({ migrate: { condition: 'service_completed_successfully' }, redis: { condition: 'service_healthy' }, kafka: { condition: 'service_healthy' } });
  }
  expect(services['migrate']?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
});

test('the connections of all processes together fit into PostgreSQL', () => {
  const most = Number(/max_connections=(\d+)/.exec(services['postgres']?.command?.join(' ') ?? '')?.[1]);
  const asked = processes.reduce((sum, [name, { deploy }]) => sum + deploy.replicas * readConfig(environmentOf(name)).connections, 0);
  // Beside its pool each process may hold some of its own: to listen, and the scheduler for its jobs.
  const beside = processes.reduce((sum, [, { deploy }]) => sum + deploy.replicas * 4, 0);
  expect(asked + beside).toBeLessThan(most);
});

test('every file that a service is given is there', async () => {
  const mounted = Object.values(services).flatMap(({ volumes }) => volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0] ?? ''));
  expect(mounted.length).toBeGreaterThan(3);
  for (const path of mounted) await access(new URL(`../../${path}`, import.meta.url));
});

test('Prometheus and Grafana start only when asked for', () => {
  expect(Object.entries(services).filter(([, { profiles }]) => profiles?.includes('metrics')).map(([name]) => name)).toEqual(['prometheus', 'grafana']);
});

test('Prometheus asks every process of ours, at its port and path', async () => {
  const config = z.object({
    rule_files: z.array(z.string()),
    scrape_configs: z.array(z.object({ metrics_path: z.string(), dns_sd_configs: z.array(z.object({ names: z.array(z.string()), port: z.number() })) })).length(1),
  }).parse(parse(await read('src/app/metrics/prometheus.yml')));
  const [scrape] = config.scrape_configs;
  expect(scrape?.dns_sd_configs).toMatchObject([{ names: expect.arrayContaining(processes.map(([name]) => name)), port }]);
  expect(scrape?.dns_sd_configs[0]?.names.length).toBe(processes.length);
  expect(await read('src/api/http/server.ts')).toContain(`app.get('${scrape?.metrics_path}'`);
  expect(services['prometheus']?.volumes.some((volume) => volume.includes(`/etc/prometheus/${config.rule_files[0]}`))).toBe(true);
  for (const [name, { networks }] of processes) expect.soft(networks, name).toContain('outward');
});
