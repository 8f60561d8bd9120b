import { readFileSync } from 'node:fs';
import { createClient } from 'graphql-ws';
import { Kind, parse, print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Role } from '../../src/features/access/index.ts';
import { until } from '../harness/program.ts';
import { vendorApis } from '../../src/features/connectors/outbound/vendor-apis.ts';
import { grantConsent } from '../../src/features/consent/index.ts';
import { arrange, dataOf, samples, type Arranged } from '../accounts/arrange.ts';

/** The operations of a file as the client teams wrote them. */
function operationsOf(file: string): Map<string, string> {
  const { definitions } = parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  return new Map(definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [[definition.name.value, print(definition)] as const] : [])));
}
const context = operationsOf('account-context.graphql');
const connectors = operationsOf('context-connectors.graphql');
const signals = operationsOf('signals.graphql');
const profiles = operationsOf('profiles-and-lineage.graphql');
const approvals = operationsOf('approvals.graphql');
const compliance = operationsOf('compliance.graphql');
const snapshots = operationsOf('snapshots.graphql');
const searching = operationsOf('search-and-totals.graphql');
const identity = operationsOf('identity.graphql');

let program: Arranged;
let id = '';
const ref = { system: 'salesforce', id: 'test-account-001' };
beforeAll(async () => {
  program = await arrange();
  id = (await program.upsertAccounts([{
    externalRef: ref, name: 'Acme Corp', industry: 'Software', region: 'EMEA', website: 'https://acme.example', employeeCount: 500, tier: 'enterprise',
    revenue: { amountMinor: 100, currency: 'USD' }, owner: { name: 'Olga', email: 'olga@us.example' }, csm: { name: 'Carl', email: null },
  }])).results[0]?.id ?? '';
  for (const [plural, [first]] of Object.entries(samples)) await program.upsert(plural, [{ account: { externalRef: ref }, externalRef: { system: 'test', id: plural }, ...first, ...(plural === 'opportunities' ? { stage: 'Negotiation/Review' } : {}) }]);
});
afterAll(() => program.close());

const run = async <Data>(operations: Map<string, string>, name: string, variables: Record<string, unknown> = {}, role: Role = 'viewer'): Promise<Data> =>
  dataOf(await program.query<Data, Record<string, unknown>>(operations.get(name) ?? '', variables, { role }));

/** What a subscription is sent, as it comes in. */
async function subscribe(operation: string, variables: Record<string, unknown>) {
  const client = createClient({ url: `${program.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${await program.token('viewer')}` }, retryAttempts: 0 });
  const events: Record<string, unknown>[] = [];
  const faults: unknown[] = [];
  client.subscribe<Record<string, Record<string, unknown>>>({ query: operation, variables }, {
    next: ({ data, errors }) => (errors ? faults.push(...errors) : events.push(...Object.values(data ?? {}))),
    error: (error) => void faults.push(error),
    complete: () => undefined,
  });
  return { faults, stop: async () => client.dispose(), atLeast: (count: number) => until(`${count} events came`, () => (faults.length > 0 || events.length >= count) && events) };
}

test('IngestSignals, IntentLive and Feed: signals come in, each judged by itself, and are seen live', async () => {
  const feed = await subscribe(signals.get('Feed') ?? '', { accountId: id });
  const live = await subscribe(signals.get('IntentLive') ?? '', { accountIds: [id], after: null });
  expect((await feed.atLeast(1))[0]).toEqual({ cursor: expect.any(String) as string });
  expect((await live.atLeast(1))[0]).toMatchObject({ __typename: 'IntentScoreChange', account: { id, name: 'Acme Corp' }, previous: null, current: null, crossedThreshold: null });
  const input = [
    { account: { externalRef: ref }, type: 'stage_change', source: 'salesforce', sourceEventId: 'e-1', payload: { StageName: 'Negotiation' } },
    { account: { id }, type: 'stage_change', source: 'salesforce', sourceEventId: 'e-1' },
    { account: { id }, type: 'demo_request', source: 'web' },
    { account: { id }, type: '', source: 'web' },
    { account: { externalRef: { system: 'chatwoot', id: '74274/12345' } }, type: 'call', source: 'phone' },
  ];
  const { ingestSignals } = await run<{ ingestSignals: { accepted: number; duplicates: number; rejected: number; results: { __typename: string; signal?: { id: string } }[] } }>(signals, 'IngestSignals', { input }, 'agent');
  expect(ingestSignals).toMatchObject({ accepted: 3, duplicates: 1, rejected: 1 });
  const [first, second, third, refused] = ingestSignals.results;
  expect(first).toMatchObject({ __typename: 'SignalAccepted', signal: { dedupeKey: 'id:salesforce:e-1', account: { id } } });
  expect(second).toEqual({ __typename: 'SignalDuplicate', signal: { id: first?.signal?.id } });
  expect(refused).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', '3', 'type'] });
  const [, ...fed] = await feed.atLeast(3);
  expect(fed.map((event) => event['signal'])).toEqual([{ id: first?.signal?.id, type: 'stage_change' }, { id: third?.signal?.id, type: 'demo_request' }]);
  const change = await until('the crossing is seen', async () => (await live.atLeast(2)).find((event) => event['crossedThreshold'] === 'UP'));
  expect(change).toMatchObject({ account: { id, name: 'Acme Corp' }, causedBy: { id: third?.signal?.id, type: 'demo_request' }, occurredAt: program.clock.now().toISOString() });
  expect([feed.faults, live.faults]).toEqual([[], []]);
  await Promise.all([feed.stop(), live.stop()]);
});

test('Lineage: where a score comes from, and what hangs on it', async () => {
  await program.settled();
  const answer = await run<{ lineage: { nodes: { type: string }[] }; derivationChain: { id: string }[] }>(profiles, 'Lineage', { id });
  expect(answer).toMatchObject({ lineage: { root: { id }, truncated: false, frontier: [] }, impact: { nodes: [{ id, type: 'ACCOUNT_CONTEXT', name: 'Context of Acme Corp' }], truncated: false } });
  expect(answer.lineage.nodes.filter(({ type }) => type === 'SIGNAL')).toHaveLength(2);
  expect(answer.derivationChain.at(-1)?.id).toBe(id);
});

test('every operation of search-and-totals runs as written', async () => {
  expect([...searching.keys()].toSorted()).toEqual(['Considerations', 'FilteredPortfolio', 'MyLimits', 'OpenOpportunities', 'Search', 'Totals']);
  expect(await run(searching, 'MyLimits')).toEqual({ limits: { maxDepth: 15, maxCost: 20_000, maxAliases: 50, maxPageSize: 100, requestsRemaining: expect.any(Number) as number, resetsAt: expect.any(String) as string } });
  const delta = { system: 'salesforce', id: 'test-account-004' };
  await program.upsertAccounts([{ externalRef: delta, name: 'Delta Ltd', status: 'CHURN' }]);
  await program.ingest([1, 2, 3].map((count) => ({ account: { externalRef: delta }, type: 'demo_request', source: 'web', sourceEventId: `delta-${count}` })));
  const held = await until('it is held back', async () => {
    const { considerations } = await run<{ considerations: { edges: { node: { account: { name: string } } }[]; pageInfo: object } }>(searching, 'Considerations', { after: null });
    const edge = considerations.edges.find(({ node }) => node.account.name === 'Delta Ltd');
    return edge && { ...edge.node, pageInfo: considerations.pageInfo };
  });
  expect(held).toMatchObject({ intent: { value: expect.any(Number) as number }, reason: 'ACCOUNT_STATUS', explanation: expect.stringContaining('CHURN') as string, retryAt: null, pageInfo: { hasNextPage: false } });
});

test('Search, FilteredPortfolio, Totals and OpenOpportunities: the portfolio is searched, filtered and counted', async () => {
  await program.settled();
  expect(await run(searching, 'Search', { text: 'acme' })).toMatchObject({ search: { edges: [{ node: { __typename: 'SearchHit', score: expect.any(Number) as number, matched: [{ field: 'NAME', text: 'Acme Corp' }, { field: 'DOMAIN', text: 'acme.example' }], node: { __typename: 'Account', id, name: 'Acme Corp' } } }] } });
  const portfolio = await run<{ accounts: { totalCount: number; edges: unknown[] } }>(searching, 'FilteredPortfolio');
  expect(portfolio.accounts.totalCount).toBe(portfolio.accounts.edges.length);
  expect(await run(searching, 'Totals', {}, 'analyst')).toMatchObject({ accountStats: { byOwner: expect.arrayContaining([{ owner: { name: 'Olga', email: 'olga@us.example' }, count: 1 }]) as object, byStatus: expect.arrayContaining([{ status: 'ACTIVE', count: expect.any(Number) as number }]) as object } });
  const { opportunities } = await run<{ opportunities: { edges: { node: { account: { id: string } } }[] } }>(searching, 'OpenOpportunities');
  expect(opportunities.edges[0]?.node.account).toMatchObject({ id });
});

test('Connections: whether the sources are alive', async () => {
  const { connections } = await run<{ connections: readonly object[] }>(connectors, 'Connections', {}, 'admin');
  const fresh = { id: expect.stringMatching(/^Connection_/) as string, status: 'DISABLED', failingSince: null, lastEventAt: null, lastError: null, rateLimit: null, deadLetters: 0 };
  expect(connections).toEqual(vendorApis.map(({ source }) => ({ ...fresh, source: source.toUpperCase() })));
});

test('ScoringModel: how scores are computed', async () => {
  const { scoringModel } = await run<{ scoringModel: { version: number; signalTypes: object[] } }>(signals, 'ScoringModel');
  expect(scoringModel).toMatchObject({ version: 1, highIntentThreshold: 75, icp: { industries: [], minEmployees: null, regions: [] } });
  expect(scoringModel.signalTypes).toContainEqual({ type: 'demo_request', weight: 45, halfLifeHours: 240 });
});

test('DefineField, UpdateField, Missing and DeleteField: the customer vault', async () => {
  const profileId = id.replace('Account_', 'Profile_');
  const definition = { name: 'email', displayName: 'Email Address', valueType: 'EMAIL', validationRegex: '^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\\.[a-zA-Z0-9-.]+$', isPii: true, collectionPrompt: 'What is your email address?' };
  const { saveFieldDefinition } = await run<{ saveFieldDefinition: object }>(profiles, 'DefineField', { input: definition }, 'admin');
  expect(saveFieldDefinition).toMatchObject({ __typename: 'FieldDefinition', name: 'email', valueType: 'EMAIL', isPii: true, collectionPrompt: 'What is your email address?' });
  expect(await run(profiles, 'DefineField', { input: { ...definition, validationRegex: '(?=a)' } }, 'admin')).toMatchObject({ saveFieldDefinition: { __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', 'validationRegex'] } });
  const { saveScenario } = dataOf(await program.query<{ saveScenario: { id: string } }, never>('mutation { saveScenario(input: { name: "Onboarding" }) { ... on Scenario { id } } }'));
  const requirement = 'mutation($input: ScenarioRequirementInput!) { saveScenarioRequirement(input: $input) { __typename } }';
  await program.query(requirement, { input: { scenarioId: saveScenario.id, fieldName: 'email', requiredLevel: 'HARD', fallbackAction: 'ASK' } });
  const missing = () => run(profiles, 'Missing', { profileId, scenarioId: saveScenario.id });
  expect(await missing()).toEqual({ missingFields: [{ fieldName: 'email', requiredLevel: 'HARD', fallbackAction: 'ASK', definition: { displayName: 'Email Address', collectionPrompt: 'What is your email address?' } }] });
  const update = async (value: string) => (await run<{ updateProfileField: { id: string } }>(profiles, 'UpdateField', { input: { profileId, name: 'email', value } }, 'agent')).updateProfileField;
  const first = await update('ada(at)example.com');
  expect(first).toMatchObject({ __typename: 'ProfileField', status: 'ACTIVE', validation: { state: 'INVALID', errors: ['It must be an e-mail address.'] }, supersedes: null });
  expect(await update('ada@example.com')).toMatchObject({ value: 'ada@example.com', validation: { state: 'VALID', errors: [] }, supersedes: { id: first.id, value: 'ada(at)example.com' } });
  expect(await missing()).toEqual({ missingFields: [] });
  expect(await run(profiles, 'DeleteField', { id: first.id }, 'agent')).toEqual({ deleteProfileField: { __typename: 'DeletedNode', id: first.id, orphaned: [] } });
  expect(await run(profiles, 'DeleteField', { id: first.id }, 'agent')).toMatchObject({ deleteProfileField: { code: 'NOT_FOUND' } });
});

test('AccountContext: the whole graph of one account', async () => {
  await program.settled();
  const { account } = await run<{ account: Record<string, never> }>(context, 'AccountContext', { id }, 'analyst');
  const { account: asViewer } = await run<{ account: Record<string, never> }>(context, 'AccountContext', { id });
  expect(asViewer).toMatchObject({ owner: { name: 'Olga', email: null }, contacts: { edges: [{ node: { name: 'Ada Byron', email: null } }] }, profile: { fields: [{ name: 'email', value: null }] } });
  expect(account).toMatchObject({
    __typename: 'Account', id, externalRefs: [ref], name: 'Acme Corp', revenue: { amountMinor: 100, currency: 'USD' }, owner: { name: 'Olga', email: 'olga@us.example' },
    opportunities: { edges: [{ node: { name: 'Renewal', amount: { amountMinor: 15_000_000, currency: 'USD' }, daysInStage: 20 } }] },
    contacts: { edges: [{ node: { name: 'Ada Byron', email: 'ada@example.com', role: 'Technical Evaluator' } }] },
    tickets: { totalCount: 1, edges: [{ node: { key: 'ACME-1', labels: ['blocker', 'sso'] } }] },
    managerFlags: [{ flag: 'strategic_account', setBy: 'Vic', note: 'Reference customer' }],
    weeklySummary: { weekOf: '2026-11-16', status: 'On Track', highlights: ['Demo'], risks: [] },
    intent: { __typename: 'IntentScore', band: 'HIGH', trend: 'RISING', modelVersion: 1, contributions: [{ weight: 45, decayFactor: 1, signal: { type: 'demo_request' } }, { weight: 40, signal: { type: 'stage_change', source: 'salesforce' } }] },
    profile: { id: id.replace('Account_', 'Profile_'), fields: [{ name: 'email', value: 'ada@example.com', valueType: 'EMAIL', status: 'ACTIVE', source: 'USER', confidence: 1, derivationChain: [{ type: 'PROFILE_FIELD', name: 'email' }] }] },
    context: {
      cachedAt: expect.any(String) as string, expiresAt: expect.any(String) as string, ttlSeconds: 300,
      sections: [{ name: 'SALESFORCE', status: 'FRESH', fetchedAt: expect.any(String) as string, error: null }, { name: 'JIRA', status: 'UNAVAILABLE', fetchedAt: null, error: null }, { name: 'SLACK' }, { name: 'NOTION' }],
      derived: {
        dealHealth: { value: 'YELLOW', reasons: expect.arrayContaining([{ text: expect.any(String) as string, evidence: [{ id: expect.stringMatching(/^Ticket_/) as string }] }]) as object[] },
        daysSinceLastContact: expect.any(Number) as number, hasActiveBlocker: true, primaryBlocker: { key: 'ACME-1' }, competitiveThreats: [],
      },
      document: { salesforce: { account_name: 'Acme Corp', opportunity: { amount: 150_000, currency: 'USD' } }, jira: { blocker_count: 1 }, derived: { deal_health: 'yellow', has_active_blocker: true } },
      quality: { value: expect.any(Number) as number, missing: expect.any(Array) as string[] },
    },
    brief: { text: expect.stringContaining('📞 Acme Corp (Negotiation/Review)') as string, lines: [{ kind: 'ACCOUNT' }, { kind: 'AMOUNT', text: '💰 $150,000 ARR' }, { kind: 'BLOCKER' }, { kind: 'SALES_ENGINEER' }] },
    // Nobody had consented when its intent became high.
    actions: { edges: [] },
    signals: { totalCount: 1, pageInfo: { hasNextPage: false }, edges: [{ node: { type: 'stage_change', payload: { StageName: 'Negotiation' } } }] },
  });
});

test('Brief, Refresh, AfterCall and ContextLive: before and after a call', async () => {
  expect([...connectors.keys()].toSorted()).toEqual(['AfterCall', 'Brief', 'Connections', 'ContextLive', 'Refresh']);
  const live = await subscribe(connectors.get('ContextLive') ?? '', { accountIds: [id], after: null });
  expect((await live.atLeast(1))[0]).toMatchObject({ __typename: 'ContextUpdate', account: { id }, sections: [{ name: 'SALESFORCE', status: 'FRESH' }, { name: 'JIRA' }, { name: 'SLACK' }, { name: 'NOTION' }] });
  const { account } = await run<{ account: Record<string, object> }>(connectors, 'Brief', { id });
  expect(account['brief']).toMatchObject({ text: expect.stringContaining('💰 $150,000 ARR') as string });
  expect(account['context']).toMatchObject({ derived: { blockerCount: 1, dealHealth: { value: 'YELLOW', rule: { name: 'deal-health', version: '0' }, trust: { level: 'COLLEAGUE_TEXT', because: expect.arrayContaining([{ id: expect.stringMatching(/^SourceStatement_/) as string }, { id: expect.stringMatching(/^DerivedValue_/) as string }]) as object[] } } } });
  const { refreshContext } = await run<{ refreshContext: { id: string } }>(connectors, 'Refresh', { accountId: id }, 'agent');
  expect(refreshContext).toMatchObject({ __typename: 'ContextRefresh', id: expect.stringMatching(/^ContextRefresh_/) as string, sections: [{ name: 'SALESFORCE', error: null }, {}, {}, {}] });
  await until('it is done', async () => (await program.see<{ node: { status: string } }>('query($id: ID!) { node(id: $id) { ... on ContextRefresh { status } } }', { id: refreshContext.id })).node.status === 'DONE');
  expect((await live.atLeast(2)).at(-1)).toMatchObject({ __typename: 'ContextUpdate', account: { id }, occurredAt: expect.any(String) as string });
  expect(await run(connectors, 'Refresh', { accountId: id }, 'viewer')).toMatchObject({ refreshContext: { __typename: 'ForbiddenError', code: 'FORBIDDEN' } });
  expect(await run(connectors, 'AfterCall', { accountId: id, arr: { amountMinor: 50_000_000, currency: 'USD' } }, 'agent')).toEqual({ validateCall: { __typename: 'CallValidation', outcome: 'ANOMALY_HIGH', ratio: 3.33, baseline: { amountMinor: 15_000_000, currency: 'USD' }, factor: 2 } });
  expect(await run(connectors, 'AfterCall', { accountId: id, arr: { amountMinor: 50_000_000, currency: 'EUR' } }, 'agent')).toMatchObject({ validateCall: { code: expect.any(String) as string } });
  expect(live.faults).toEqual([]);
  await live.stop();
});

test('Portfolio, AccountAsOf, ByExternalRef and Refetch', async () => {
  const { accounts } = await run<{ accounts: { pageInfo: { endCursor: string } } }>(context, 'Portfolio', { first: 10 });
  expect(accounts).toMatchObject({ pageInfo: { hasNextPage: false }, edges: [{ node: { id, name: 'Acme Corp', intent: { band: 'HIGH' }, contacts: { edges: [{ node: { name: 'Ada Byron' } }] } } }] });
  expect(await run(context, 'Portfolio', { first: 10, after: accounts.pageInfo.endCursor })).toMatchObject({ accounts: { edges: [] } });
  const at = program.clock.now().toISOString();
  program.clock.advance(1);
  await program.upsertAccounts([{ externalRef: ref, name: 'Acme Renamed' }]);
  expect(await run(context, 'AccountAsOf', { id, at })).toMatchObject({ account: { id: expect.stringMatching(new RegExp(`^${id}_`)) as string, name: 'Acme Corp', intent: { value: expect.any(Number) as number }, profile: { fields: [{ name: 'email', status: 'ACTIVE' }] } } });
  expect(await run(context, 'AccountAsOf', { id, at: '2026-11-20T00:00:00Z' })).toEqual({ account: null });
  expect(await run(context, 'ByExternalRef')).toEqual({ accountBy: { id, name: 'Acme Renamed' } });
  expect(await run(context, 'Refetch', { id })).toEqual({ node: { __typename: 'Account', id, name: 'Acme Renamed' } });
});

test('ApprovalQueue, Edit, Approve, Reject and Approvals: high intent becomes an action, a person decides, and it is executed', async () => {
  const subject = { email: 'grace@example.com', purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT' };
  await program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'officer' }, requestId: 'test' }, (work) => grantConsent(work, program.seal, { ...subject, path: [] }));
  const live = await subscribe(approvals.get('Approvals') ?? '', { after: null });
  expect(await live.atLeast(1)).toEqual([{ cursor: expect.any(String) as string, __typename: 'Listening' }]);
  const beta = { system: 'salesforce', id: 'test-account-002' };
  const betaId = (await program.upsertAccounts([{ externalRef: beta, name: 'Beta Inc' }])).results[0]?.id ?? '';
  await program.upsert('contacts', [{ account: { externalRef: beta }, externalRef: { system: 'test', id: 'beta-contact' }, ...samples['contacts']?.[0], name: 'Grace Hopper', email: 'grace@example.com' }]);
  await program.ingest([1, 2].map((count) => ({ account: { externalRef: beta }, type: 'demo_request', source: 'web', sourceEventId: `beta-${count}` })));
  interface Queued { readonly id: string; readonly evidenceDigest: string }
  const queue = async () => (await run<{ actions: { totalCount: number; edges: { node: Queued }[] } }>(approvals, 'ApprovalQueue', { after: null }, 'approver')).actions;
  const [first] = await until('there is an action', async () => {
    const { edges } = await queue();
    return edges.length > 0 && edges;
  });
  const action = first?.node;
  expect(action).toMatchObject({
    type: 'EMAIL', status: 'PENDING', riskLevel: 'HIGH', confidence: 0.6, reasoning: expect.stringContaining('plain template') as string,
    draft: { to: 'grace@example.com', subject: 'A question about Beta Inc', body: expect.stringContaining('Hello Grace') as string, generatedBy: 'TEMPLATE' },
    evidence: { intentScore: expect.any(Number) as number, consent: { granted: true, basis: 'CONSENT' }, context: { derived: { dealHealth: { value: 'UNKNOWN' } } } }, account: { name: 'Beta Inc' },
  });
  expect(await run(context, 'AccountContext', { id: betaId })).toMatchObject({ account: { name: 'Beta Inc', actions: { edges: [{ node: { id: action?.id, type: 'EMAIL', status: 'PENDING', riskLevel: 'HIGH', confidence: 0.6 } }] } } });
  const [actionId, digest] = [action?.id ?? '', action?.evidenceDigest ?? ''];
  const { editAction } = await run<{ editAction: Queued }>(approvals, 'Edit', { id: actionId, subject: 'Beta and us', body: null }, 'approver');
  expect(editAction).toMatchObject({ __typename: 'Action', id: actionId, status: 'PENDING', draft: { subject: 'Beta and us' } });
  expect(await run(approvals, 'Approve', { id: actionId, digest }, 'approver')).toMatchObject({ approveAction: { __typename: 'EvidenceChanged', message: expect.any(String) as string, changes: expect.arrayContaining([{ field: 'draft.subject', before: 'A question about Beta Inc', after: 'Beta and us' }]) as object[] } });
  expect(await run(approvals, 'Approve', { id: actionId, digest: editAction.evidenceDigest }, 'approver')).toMatchObject({ approveAction: { __typename: 'Action', id: actionId, status: 'APPROVED', decidedBy: { id: 'test-approver' }, decidedAt: program.clock.now().toISOString() } });
  expect(await run(approvals, 'Reject', { id: actionId, reason: 'Too late' }, 'approver')).toMatchObject({ rejectAction: { __typename: 'AlreadyDecided', code: 'CONFLICT' } });
  expect(await run(approvals, 'Approve', { id: actionId, digest }, 'viewer')).toMatchObject({ approveAction: { __typename: 'NotPermitted', code: 'FORBIDDEN' } });
  const told = await until('it is executed', async () => {
    const events = await live.atLeast(1);
    return events.some((event) => event['previousStatus'] === 'APPROVED') && events;
  });
  // What is approved may be executed before the change is sent: the action is told as it is by then.
  expect(told.slice(1).map((event) => [event['__typename'], event['previousStatus']])).toEqual([['ActionChange', null], ['ActionChange', 'PENDING'], ['ActionChange', 'PENDING'], ['ActionChange', 'APPROVED']]);
  expect(told.at(-1)).toMatchObject({ action: { id: actionId, status: 'EXECUTED' }, actor: { id: 'executor' }, occurredAt: program.clock.now().toISOString() });
  expect(live.faults).toEqual([]);
  await live.stop();
});

test('Snapshot, SnapshotHistory and Snapshots: snapshots are taken, compared and seen live', async () => {
  const gamma = { system: 'salesforce', id: 'test-account-003' };
  const gammaId = (await program.upsertAccounts([{ externalRef: gamma, name: 'Gamma', revenue: { amountMinor: 100, currency: 'USD' }, csm: { name: 'Carl', email: null } }])).results[0]?.id ?? '';
  for (const plural of ['notes', 'healthTrends', 'kpis', 'products', 'playbookReports']) await program.upsert(plural, [{ account: { id: gammaId }, externalRef: { system: 'test', id: `gamma ${plural}` }, ...samples[plural]?.[0] }]);
  const live = await subscribe(snapshots.get('Snapshots') ?? '', { accountId: gammaId });
  expect((await live.atLeast(1))[0]).toMatchObject({ cursor: expect.any(String) as string });
  interface Job { readonly snapshots: readonly { readonly id: string; readonly sequenceNumber: number }[] }
  const take = async () => (await run<{ createSnapshots: Job }>(snapshots, 'Snapshot', { accountIds: [gammaId], reason: 'Monthly snapshot' }, 'agent')).createSnapshots;
  const first = await take();
  expect(first).toMatchObject({ __typename: 'SnapshotJob', status: 'DONE', progress: { done: 1, total: 1, failed: 0 } });
  program.clock.advance(1_000);
  await program.upsertAccounts([{ externalRef: gamma, revenue: { amountMinor: 150, currency: 'USD' }, csm: null }]);
  const [from, to] = [first.snapshots[0]?.id, (await take()).snapshots[0]?.id];
  const told = await run<{ account: { snapshots: { edges: { node: Record<string, unknown> }[] } }; snapshotDiff: { changes: object[] } }>(snapshots, 'SnapshotHistory', { accountId: gammaId, from, to });
  const node = told.account.snapshots.edges.map((edge) => edge.node).find(({ id: each }) => each === to);
  expect(node).toMatchObject({
    type: 'MANUAL', reason: 'Monthly snapshot', triggerEvent: null, revenue: { amountMinor: 150, currency: 'USD' }, overallHealthScore: 71.5, healthSource: 'TREND', assignedCsm: null,
    productsUsed: ['Analytics'], kpiTotal: 1, recentNotes: [{ noteType: 'QBR', content: 'They want more' }], recentPlaybookReports: [{ playbookName: 'Renewal' }], daysSinceLastSnapshot: 0,
    lineage: { nodes: expect.arrayContaining([{ id: to, type: 'SNAPSHOT' }]) as object[] },
  });
  expect(told.snapshotDiff.changes).toEqual(expect.arrayContaining([{ field: 'assignedCsm', before: 'Carl', after: null }, { field: 'revenue', before: '{"amountMinor":100,"currency":"USD"}', after: '{"amountMinor":150,"currency":"USD"}' }]));
  const seen = await until('both are told', async () => {
    const events = (await live.atLeast(1)).map((event) => (event['snapshot'] as { id: string } | undefined)?.id);
    return events.includes(from) && events.includes(to) && events;
  });
  expect(new Set(seen).size).toBe(seen.length);
  await live.stop();
  expect(await run(snapshots, 'Snapshot', { accountIds: ['nonsense'], reason: null }, 'agent')).toMatchObject({ createSnapshots: { code: 'NOT_FOUND', path: ['input', 'accountIds', '0'] } });
});

test('Grant, Check, Revoke, Preview and Erase: a person agrees, takes it back, and is erased', async () => {
  const officer = <Data>(name: string, variables: Record<string, unknown>): Promise<Data> => run<Data>(compliance, name, variables, 'privacy_officer');
  const which = { email: 'ada@example.com', purpose: 'OUTREACH', channel: 'EMAIL' };
  const { grantConsent } = await officer<{ grantConsent: { id: string } }>('Grant', { input: { ...which, basis: 'CONSENT', source: 'web form' } });
  expect(grantConsent).toEqual({ __typename: 'Consent', id: grantConsent.id, granted: true, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', grantedAt: program.clock.now().toISOString(), expiresAt: null });
  expect(await officer('Revoke', { input: which })).toEqual({ revokeConsent: { __typename: 'Consent', id: grantConsent.id, granted: false, revokedAt: program.clock.now().toISOString() } });
  const decided = { at: program.clock.now().toISOString(), by: 'test-privacy_officer' };
  expect(await officer('Check', { email: which.email })).toEqual({ consent: [{ granted: false, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', history: [{ granted: false, ...decided }, { granted: true, ...decided }] }] });
  const { erasurePreview } = await officer<{ erasurePreview: { digest: string; items: object[] } }>('Preview', { email: which.email });
  expect(erasurePreview.items).toContainEqual({ kind: 'CONTACT', count: 1, kept: false, reason: expect.any(String) as string });
  expect(await officer('Erase', { email: which.email, digest: '0'.repeat(64) })).toMatchObject({ eraseSubject: { __typename: 'ErasurePreviewOutdated', code: 'CONFLICT' } });
  expect(await officer('Erase', { email: which.email, digest: erasurePreview.digest })).toMatchObject({ eraseSubject: { __typename: 'ErasureReceipt', signature: expect.any(String) as string, completedAt: decided.at, items: erasurePreview.items } });
  expect(await officer('Check', { email: which.email })).toEqual({ consent: [] });
});

test('Audit and Verify: who did what to an account, and that nobody changed it since', async () => {
  const { auditEvents } = await run<{ auditEvents: { edges: { node: Record<string, unknown> }[] } }>(compliance, 'Audit', { accountId: id }, 'privacy_officer');
  const nodes = auditEvents.edges.map(({ node }) => node);
  expect(nodes.at(-1)).toMatchObject({ id: expect.stringMatching(/^AuditEvent_/) as string, kind: 'account.changed', actor: { id: 'test-agent' }, requestId: expect.any(String) as string, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(nodes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['account.changed', 'signal.ingested', 'context.updated', 'profile_field.updated', 'profile_field.deleted']));
  const { auditVerification } = await run<{ auditVerification: Record<string, unknown> }>(compliance, 'Verify', {}, 'admin');
  expect(auditVerification).toEqual({ intact: true, checked: expect.any(Number) as number, firstBadSequence: null, headHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
});

test('Sources, Merge, Unmerge, Retire and TwoTimes: who is who, and what was true when', async () => {
  const names = ['dup-001', 'dup-002'].map((each) => ({ system: 'salesforce', id: each }));
  const [into, from] = (await program.upsertAccounts(names.map((externalRef) => ({ externalRef, name: `Duplicate ${externalRef.id}`, industry: 'Software' })))).results.map((result) => result.id ?? '');
  await program.upsert('opportunities', [{ account: { id: from }, externalRef: { system: 'salesforce', id: 'dup-deal' }, ...samples['opportunities']?.[0] }]);
  program.clock.advance(60_000);
  const before = program.clock.now().toISOString();
  program.clock.advance(60_000);
  const { mergeAccounts } = await run<{ mergeAccounts: { id: string } }>(identity, 'Merge', { into, from, reason: 'The same company' }, 'analyst');
  const at = program.clock.now().toISOString();
  expect(mergeAccounts).toEqual({ __typename: 'AccountMerge', id: mergeAccounts.id, into: { id: into }, from: { id: from }, mergedAt: at, mergedBy: { id: 'test-analyst' }, undoneAt: null });
  expect(await run(identity, 'Merge', { into, from, reason: null }, 'analyst')).toMatchObject({ mergeAccounts: { code: 'CONFLICT', path: ['input', 'fromId'] } });
  expect(await run(identity, 'Sources', { id: from }, 'analyst')).toMatchObject({ account: { id: into, externalRefs: names, mergedFrom: [{ id: from, externalRefs: [names[1]], mergedAt: at, mergeId: mergeAccounts.id }], contradictions: [{ field: 'name', candidates: [{ value: 'Duplicate dup-002' }, { value: 'Duplicate dup-001' }] }] } });
  program.clock.advance(60_000);
  const knownAt = program.clock.now().toISOString();
  expect(await run(identity, 'TwoTimes', { id: from, knownAt, validAt: knownAt })).toMatchObject({ account: { industry: 'Software', opportunities: { edges: [{ node: { stage: 'Negotiation', closeDate: '2026-12-31' } }] } } });
  const shown = async (knownAtThen: string): Promise<number> => (await run<{ accounts: { edges: { node: { name: string } }[] } }>(identity, 'PortfolioAsOf', { knownAt: knownAtThen })).accounts.edges.filter(({ node }) => node.name.startsWith('Duplicate')).length;
  expect([await shown(before), await shown(knownAt)]).toEqual([2, 1]);
  program.clock.advance(60_000);
  expect(await run(identity, 'Unmerge', { mergeId: mergeAccounts.id, reason: null }, 'analyst')).toEqual({ unmergeAccounts: { __typename: 'AccountMerge', id: mergeAccounts.id, undoneAt: program.clock.now().toISOString() } });
  expect(await run(identity, 'Unmerge', { mergeId: mergeAccounts.id, reason: null }, 'analyst')).toMatchObject({ unmergeAccounts: { code: 'CONFLICT' } });
  expect(await run(identity, 'Sources', { id: from }, 'analyst')).toMatchObject({ account: { id: from, mergedFrom: [] } });
  expect(await run(identity, 'Retire', { ids: [from], reason: 'Out of business' }, 'admin')).toEqual({ retireRecords: { __typename: 'RetiredRecords', retired: [{ id: from }] } });
  expect(await run(identity, 'Merge', { into, from, reason: null }, 'analyst')).toMatchObject({ mergeAccounts: { code: 'CONFLICT', path: ['input', 'fromId'] } });
});

test('Candidates and RejectCandidate: what may be one waits for a person, and what was rejected does not come back', async () => {
  expect([...identity.keys()].toSorted()).toEqual(['Candidates', 'Merge', 'PortfolioAsOf', 'RejectCandidate', 'Retire', 'Sources', 'TwoTimes', 'Unmerge']);
  const two = (await program.upsertAccounts(['twin-001', 'twin-002'].map((name) => ({ externalRef: { system: 'salesforce', id: name }, name, website: 'twins.example' })))).results.map((result) => result.id ?? '');
  interface Candidates { readonly matchCandidates: { readonly totalCount: number; readonly edges: readonly { readonly node: Record<string, unknown> & { readonly id: string } }[]; readonly pageInfo: object } }
  const listed = async (): Promise<Candidates['matchCandidates']> => (await run<Candidates>(identity, 'Candidates', { after: null }, 'analyst')).matchCandidates;
  const ofTwins = async () => (await listed()).edges.map(({ node }) => node).find(({ evidence }) => JSON.stringify(evidence).includes('twins.example'));
  const candidate = await until('the two are proposed', ofTwins);
  expect(candidate).toEqual({
    id: candidate.id, kind: 'ACCOUNT', status: 'OPEN', confidence: 0.9, evidence: [{ rule: 'SAME_DOMAIN', left: 'twins.example', right: 'twins.example' }],
    left: { __typename: 'Account', id: expect.toBeOneOf(two) as string }, right: { __typename: 'Account', id: expect.toBeOneOf(two) as string }, proposedAt: program.clock.now().toISOString(),
  });
  const { totalCount } = await listed();
  expect(await run(identity, 'RejectCandidate', { id: candidate.id }, 'analyst')).toEqual({ decideMatchCandidate: { __typename: 'MatchCandidate', id: candidate.id, status: 'REJECTED' } });
  expect(await run(identity, 'RejectCandidate', { id: two[0] }, 'analyst')).toMatchObject({ decideMatchCandidate: { code: 'NOT_FOUND' } });
  await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: 'twin-001' }, name: 'Twin', website: 'https://twins.example' }]);
  await program.settled();
  expect([await ofTwins(), (await listed()).totalCount]).toEqual([undefined, totalCount - 1]);
});
