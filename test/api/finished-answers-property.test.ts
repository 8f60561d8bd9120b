import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { timedAnswerHolds } from '../../src/api/answers/finished-answers.ts';
import { createTenant } from '../../src/app/create-tenant.ts';
import type { Role } from '../../src/features/access/index.ts';
import { unreadTables } from '../../src/platform/postgres/unrecorded-change.ts';
import { publicUrl } from '../connectors/vendor-requests.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { openWay } from '../convergence/deliver.ts';
import { histories } from '../convergence/deliveries.ts';
import { finalGraph } from '../convergence/graph.ts';
import { secondWay, type History } from '../convergence/history.ts';
import { openSynchronousBus, type SynchronousBus } from '../convergence/synchronous-bus.ts';
import { watchVersions, type SilentChange } from '../harness/watch-versions.ts';

const runs = Number(process.env['HISTORIES'] ?? 60);
let program: Arranged;
let bus: SynchronousBus;
let silentChanges: (except: readonly string[]) => Promise<SilentChange[]>;
beforeAll(async () => {
  const unlimited = { points: 1e12, seconds: 1 };
  program = await arrange({ roles: ['api'], publicUrl, answerBytes: 16_000_000, policy: { ...defaultLimits, cost: 1e12, principalRate: unlimited, tenantRate: unlimited, strangerRate: unlimited } });
  bus = await openSynchronousBus(program, program.admin);
  silentChanges = await watchVersions(program.admin);
});
afterAll(() => program.close());

const page = 'edges { node { id } } totalCount';
const signal = 'id type occurredAt payload withdrawnAt account { name }';
/** What is read again and again: present and past, time-dependent and not, of one account and of the tenant. */
const reads = [
  finalGraph,
  `{ signals(first: 20) { totalCount edges { node { ${signal} } } } }`,
  'query { accounts(first: 20, orderBy: { field: INTENT, direction: DESC }) { totalCount edges { node { name intent { ... on IntentScore { value computedAt history(first: 5) { totalCount edges { node { value causedBy { id } } } } } } statements(first: 5) { edges { node { source fields } } } } } } }',
  `{ auditEvents(first: 20) { ${page} } }`,
  `{ actions(first: 20) { ${page} } considerations(first: 20) { totalCount edges { node { reason explanation } } } }`,
  '{ scoringModel { version publishedAt } outreachPolicy { version doNotSay } healthModel { version } }',
  `{ consents(first: 20) { edges { node { standing purpose expiresAt } } } }`,
  '{ contacts(first: 20) { edges { node { name email account { name } } } } search(text: "ac", first: 10) { edges { node { __typename } } } }',
  `query { accounts(first: 20, asOf: "2026-11-21T09:00:00.000Z") { edges { node { name signals(first: 5) { edges { node { ${signal} } } } } } } }`,
  '{ enrichmentPolicy { version provider } accounts(first: 20) { edges { node { contextQuality { value missing { what why } } enrichments(first: 5) { totalCount edges { node { status cost { amountMinor } fields { name value } } } } enrichmentBudget { month limit { amountMinor } spent { amountMinor } reserved { amountMinor } } } } } }',
] as const;

const settings = [
  'mutation { r: publishScoringModel(input: { signalTypes: [{ type: "demo_request", weight: 45, halfLifeHours: 240 }, { type: "meeting", weight: 12, halfLifeHours: 100 }] }) { __typename } }',
  'mutation { r: saveOutreachPolicy(input: { doNotSay: ["discount"] }) { __typename } }',
  'mutation { r: saveFieldDefinition(input: { name: "seat", displayName: "Seat", valueType: STRING }) { __typename } }',
  'mutation { r: createApiKey(input: { name: "reader", roles: [VIEWER] }) { __typename } }',
  'mutation { r: saveScenario(input: { name: "Renewal", conditions: "Ask first" }) { __typename } }',
  'mutation { r: publishEnrichmentPolicy(input: { provider: MOCK_CLEARBIT, monthlyLimitMinor: 30 }) { __typename } }',
] as const;

const roles: readonly Role[] = ['viewer', 'analyst', 'privacy_officer', 'admin'];
type Step =
  | { readonly kind: 'read'; readonly query: number; readonly role: Role; readonly other: boolean; readonly times: number }
  | { readonly kind: 'tick'; readonly milliseconds: number }
  | { readonly kind: 'set'; readonly which: number; readonly other: boolean }
  | { readonly kind: 'tell' }
  | { readonly kind: 'settle' };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('read' as const), query: fc.nat(reads.length - 1), role: fc.constantFrom(...roles), other: fc.nat(4).map((n) => n === 0), times: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick' as const), milliseconds: fc.constantFrom(1, 700, 1_300, 2_001, 86_400_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('set' as const), which: fc.nat(settings.length - 1), other: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('tell' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  ),
  { minLength: 12, maxLength: 40, size: 'max' },
);

interface Answered {
  readonly text: string;
  readonly headers: Headers;
}

let asked = 0;
/** Reads that were refused to an administrator: they would compare nothing. */
const refused = new Set<string>();
/** `isNew`: as a request that was never sent before, which is executed. */
async function ask(query: string, token: string, isNew: boolean): Promise<Answered> {
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, ...(isNew ? { extensions: { asked: (asked += 1) } } : {}) }),
  });
  return { text: (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '""'), headers: response.headers };
}

let tenants = 0;
async function serveAsExecuted(history: History, course: readonly Step[]): Promise<void> {
  tenants += 1;
  const [tenantId, otherId] = [await createTenant(program.database, program.newId, { slug: `one-${tenants}`, name: 'One', highIntentThreshold: 40 }), await createTenant(program.database, program.newId, { slug: `two-${tenants}`, name: 'Two', highIntentThreshold: 40 })];
  const way = openWay(program, tenantId);
  const batches = secondWay(history).values();
  /** Since the last change: what execution answered, and when. */
  const executed = new Map<string, { readonly at: number; readonly text: string }[]>();
  for (const step of course) {
    if (step.kind === 'tick') program.clock.advance(step.milliseconds);
    else if (step.kind === 'read') {
      const tenant = step.other ? otherId : tenantId;
      const token = await program.token(step.role, { tenant });
      const query = reads[step.query] ?? '';
      const key = `${tenant} ${step.role} ${step.query}`;
      for (let time = 0; time < step.times; time += 1) {
        const now = program.clock.now().getTime();
        const right = await ask(query, token, true);
        executed.set(key, [...(executed.get(key) ?? []), { at: now, text: right.text }]);
        const given = await ask(query, token, false);
        const allowed = (executed.get(key) ?? []).filter(({ at, text }) => at >= now - timedAnswerHolds || text === right.text);
        if (step.role === 'admin' && right.text.includes('"errors"')) refused.add(right.text.slice(0, 500));
        if (!allowed.some(({ text }) => text === given.text)) throw new Error(`${key}: served ${given.text.slice(0, 3_000)}\nbut execution says ${right.text.slice(0, 3_000)}`);
      }
    } else {
      executed.clear();
      if (step.kind === 'settle') await bus.settle(tenantId);
      else if (step.kind === 'set') {
        const { errors } = await program.query(settings[step.which] ?? '', {}, { token: await program.token('admin', { tenant: step.other ? otherId : tenantId }) });
        if (errors) refused.add(JSON.stringify(errors));
      }
      else {
        const next = batches.next();
        if (!next.done) await way.deliver(next.value.deliveries);
      }
    }
  }
}

test('whatever changes in between, an answer that is served is the one that execution gives', { timeout: 3_600_000 }, async () => {
  await fc.assert(fc.asyncProperty(histories(), steps, serveAsExecuted), { numRuns: runs, seed: Number(process.env['SEED'] ?? 20_261_130), endOnFailure: true });
  expect([...refused]).toEqual([]);
  const hits = Number(/^finished_answers_hits_total (\d+)$/m.exec(await (await fetch(`${program.healthUrl}/metrics`)).text())?.[1] ?? 0);
  expect(hits).toBeGreaterThan(runs);
  // No transaction changes what callers read and leaves the version where it was.
  expect(await silentChanges([...unreadTables])).toEqual([]);
});
