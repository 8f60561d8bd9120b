import { register } from 'prom-client';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
// Whatever the composition reaches declares its metrics by being loaded.
import '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import { measureProcess } from '../../src/platform/metrics.ts';
import { read } from './compose-file.ts';

measureProcess();

const panel = z.object({ type: z.string(), title: z.string(), datasource: z.object({ uid: z.string() }).optional(), targets: z.array(z.object({ expr: z.string() })).default([]) });
const dashboard = z.object({ panels: z.array(panel) }).parse(JSON.parse(await read('src/app/metrics/grafana/dashboards/context-graph.json')));
const rule = z.object({ alert: z.string(), expr: z.string(), for: z.string().optional(), labels: z.object({ severity: z.enum(['warning', 'critical']) }), annotations: z.object({ summary: z.string().min(10), description: z.string().min(10) }) });
const rules = z.object({ groups: z.array(z.object({ rules: z.array(rule) })) }).parse(parse(await read('src/app/metrics/alerts.yml'))).groups.flatMap((group) => group.rules);

const metrics = await register.getMetricsAsJSON();
/** Every series name that the program shows, with the labels of its metric. */
const series = new Map(
  metrics.flatMap(({ name, type }) => {
    const found = register.getSingleMetric(name);
    const labels: readonly string[] = found && 'labelNames' in found && Array.isArray(found.labelNames) ? found.labelNames : [];
    const names = String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    return names.map((each): [string, readonly string[]] => [each, labels]);
  }),
);
series.set('up', []);
/** What Prometheus adds to every series. */
const added = ['job', 'instance', 'service', 'le'];

/** Metrics and labels that an expression names. */
function named(expr: string): { metrics: string[]; labels: string[] } {
  const selected = [...expr.matchAll(/\{([^{}]*)\}/g)].flatMap(([, inside = '']) => [...inside.matchAll(/([a-z_]+)\s*(?:=|!)/g)].map(([, label = '']) => label));
  const grouped = [...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, inside = '']) => inside.split(',').map((label) => label.trim()));
  const bare = expr.replaceAll(/\{[^{}]*\}|\[[^\]]*\]|\bby\s*\([^)]*\)|\boffset \w+/g, ' ');
  const words = [...bare.matchAll(/[a-z_][a-z0-9_]*(?!\w*\s*\()/g)].map(([word]) => word).filter((word) => !['and', 'or', 'unless', 'sum', 'max', 'count'].includes(word));
  return { metrics: words, labels: [...selected, ...grouped] };
}

const expressions = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: `panel ${title}`, expr }))),
  ...rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
];

test('an invented metric or label would be found', () => {
  expect(named('sum by (group, colour) (rate(events_invented_total{source="x"}[5m] offset 10m))')).toEqual({ metrics: ['events_invented_total'], labels: ['source', 'group', 'colour'] });
  expect(series.has('events_invented_total')).toBe(false);
  expect(series.get('kafka_consumer_lag')).toEqual(['group', 'topic']);
});

test.each(expressions)('$where names only metrics and labels that the program has: $expr', ({ expr }) => {
  const asked = named(expr);
  expect(asked.metrics.length).toBeGreaterThan(0);
  expect(asked.metrics.filter((name) => !series.has(name))).toEqual([]);
  const known = new Set([...asked.metrics.flatMap((name) => series.get(name) ?? []), ...added]);
  expect(asked.labels.filter((label) => !known.has(label))).toEqual([]);
});

test('every metric of our own is on the dashboard', () => {
  const shown = new Set(dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => named(expr).metrics.map((name) => name.replace(/_(bucket|sum|count)$/, '')))));
  const own = metrics.map(({ name }) => name).filter((name) => !/^(process|nodejs)_/.test(name));
  expect(own.length).toBeGreaterThan(20);
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});

test('every panel asks the data source that is provisioned', async () => {
  const { datasources } = z.object({ datasources: z.array(z.object({ uid: z.string(), url: z.string() })) }).parse(parse(await read('src/app/metrics/grafana/datasources/prometheus.yml')));
  expect(datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090']);
  const wrong = dashboard.panels.filter(({ type, datasource }) => type !== 'row' && datasource?.uid !== datasources[0]?.uid);
  expect(wrong.map(({ title }) => title)).toEqual([]);
});

test('somebody is told of dead letters, lag, errors, processes that are down, objects of vendors that were given up, and every role that nobody plays', () => {
  expect(rules.map(({ alert }) => alert)).toEqual(expect.arrayContaining(['DeadLettersRising', 'ConsumerLagGrowing', 'ApiErrors', 'ProcessDown', 'RoleWithoutProcess', 'VendorObjectsGivenUp']));
  const absent = rules.find(({ alert }) => alert === 'RoleWithoutProcess')?.expr ?? '';
  expect(roles.filter((role) => !absent.includes(`absent(up{service="${role}"} == 1)`))).toEqual([]);
});
