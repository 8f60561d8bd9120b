import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { textFields } from '../../src/api/graphql/roles-document.ts';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { roles, sight, type Role } from '../../src/features/access/index.ts';
import { roles as parts } from '../../src/app/config.ts';
import { requestErasures } from '../../src/features/erasure/index.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { crm } from '../accounts/arrange.ts';
import { markedPerson, openOffice, plant, type Office } from '../erasure/arrange.ts';
import { until } from '../harness/program.ts';
import { crawl, type Crawled } from './crawl.ts';
import { plantCrmChange, pretendCrm } from './plant-crm-change.ts';
import { plantExperiment } from './plant-experiment.ts';
import { plantEnrichment, pretendProvider } from './plant-enrichment.ts';
import { plantSession } from './plant-session.ts';

const schema = buildGraph();
const person = markedPerson('qzxvcanary');
/** Whatever is left of the person's addresses in a text: mail addresses in any writing, the number in any grouping. */
const addresses = (text: string): boolean => /qzxvcanary(?:@|%40)|marlo\.qzxvcanary/i.test(text) || text.replaceAll(/[^0-9"]/g, '').includes(person.digits.slice(2));
/** The same of everything in it that is written in base64: cursors. */
const encoded = (text: string): boolean => (text.match(/[A-Za-z0-9_-]{24,}/g) ?? []).some((token) => addresses(Buffer.from(token, 'base64url').toString('utf8')));
const hasCanary = (values: readonly string[] | undefined): boolean => (values ?? []).some(addresses);
const withoutAddresses = roles.filter((role) => !sight.PERSON_ADDRESS.includes(role));

let office: Office;
const pretended = pretendCrm();
let provider: Awaited<ReturnType<typeof pretendProvider>>;
let account = '';
let job = '';
let session = '';
let samples: Readonly<Record<string, readonly string[]>>;
const seen = new Map<Role, Crawled>();

beforeAll(async () => {
  const generous = { ...defaultLimits, tokens: 100_000, depth: 50, aliases: 100_000, cost: 1e12, principalRate: { points: 1e12, seconds: 10 }, tenantRate: { points: 1e12, seconds: 10 }, bytes: 64 * 1024 * 1024 };
  provider = await pretendProvider(() => person);
  office = await openOffice({ vendorUrls: new Map([['enrichment', provider.origin]]), policy: generous, roles: parts.filter((part) => !['executor', 'orchestration'].includes(part)), openWriter: pretended.openWriter });
  account = await plant(office, person);
  await plantMore();
  await office.settled();
  office.clock.advance(60_000);
  const scenario = await oneId('{ scenarios { edges { node { id } } } }', 'Scenario');
  const snapshots = await allIds('query($id: ID!) { account(id: $id) { snapshots { edges { node { id } } } } }', 'AccountSnapshot');
  const quoted = JSON.stringify(account);
  samples = {
    account: [`(id: ${quoted})`],
    accountBy: [`(by: { externalRef: { system: "salesforce", id: "acme-${person.digits.slice(-4)}" } })`],
    consent: [`(email: ${JSON.stringify(person.email)})`],
    derivationChain: [`(of: ${quoted})`],
    lineage: [`(of: ${quoted})`, `(of: ${quoted}, direction: DOWNSTREAM)`],
    lineagePath: [`(from: ${quoted}, to: ${quoted})`],
    missingFields: [`(profileId: ${JSON.stringify(account.replace('Account_', 'Profile_'))}, scenarioId: ${JSON.stringify(scenario)}, includeUnreviewed: true)`],
    snapshotDiff: [`(from: ${JSON.stringify(snapshots[0])}, to: ${JSON.stringify(snapshots.at(-1))})`],
    erasurePreview: [`(email: ${JSON.stringify(person.email)})`],
    healthModel: ['', '(version: 0)'],
    session: [session],
    snapshotJob: [`(id: ${JSON.stringify(job)})`],
    search: ['(text: "Acme")', `(text: ${JSON.stringify(person.email)})`, `(text: ${JSON.stringify(person.email.slice(0, -4))})`],
  };
  for (const role of roles) seen.set(role, await crawl(office, schema, role, samples));
});
afterAll(async () => {
  await office?.close();
  await provider?.close();
});

async function allIds(query: string, type: string): Promise<string[]> {
  return [...new Set(JSON.stringify(await office.run(query, query.includes('$id') ? { id: account } : {}, 'admin')).match(new RegExp(`${type}_[0-9a-f]{32}`, 'g')))];
}
const oneId = async (query: string, type: string): Promise<string> => (await allIds(query, type))[0] ?? '';

/** The places that only a whole product has: actions with decisions, snapshots that differ, keys, lists, definitions. */
async function plantMore(): Promise<void> {
  const { email, phone, name } = person;
  const said = `${name} <${email}> ${phone}`;
  const mutate = (query: string, variables: Record<string, unknown>, role: Role): Promise<Record<string, { __typename: string; id?: string }>> => office.run(query, variables, role as never);
  const of = async (query: string, variables: Record<string, unknown>, role: Role, expected: string): Promise<string> => {
    const answer = Object.values(await mutate(query, variables, role))[0];
    if (answer?.__typename !== expected) throw new Error(`${query}: ${JSON.stringify(answer)}`);
    return answer.id ?? '';
  };
  await of('mutation($input: FieldDefinitionInput!) { saveFieldDefinition(input: $input) { __typename ... on UserError { message } } }', { input: { name: 'reply_to', displayName: `Reply to ${email}`, valueType: 'EMAIL', isPii: true, collectionPrompt: `As ${said} said` } }, 'admin', 'FieldDefinition');
  await of('mutation($input: FieldDefinitionInput!) { saveFieldDefinition(input: $input) { __typename ... on UserError { message } } }', { input: { name: 'plan', displayName: 'Plan', valueType: 'ENUM', enumValues: [`of ${email}`, 'other'], isPii: false, agent: `agent of ${email}`, validationRegex: '.' } }, 'admin', 'FieldDefinition');
  const contact = (await allIds('query($id: ID!) { account(id: $id) { contacts { edges { node { id } } } } }', 'Contact'))[0];
  const acme = (turn: number): Promise<unknown> => office.upsertAccounts([{
    externalRef: crm(`acme-${person.digits.slice(-4)}`), name: `Acme of ${email}`, region: `${phone} ${turn}`, tier: email, industry: email, owner: { name: `${said} ${turn}`, email }, csm: { name: said, email }, csmManager: { name: email, email },
    primaryChampionId: contact, championStatus: said, onboardingStatus: said, website: `https://x.example/?q=${encodeURIComponent(email)}`, lifecycleStage: 'GROWTH', jiraProjectKey: 'ACME', slackChannelId: 'C0ACME', notionPageId: 'page-acme',
  }]);
  await office.run('mutation($input: ScoringModelInput!) { publishScoringModel(input: $input) { __typename } }', { input: { signalTypes: [{ type: 'meeting', weight: 10, halfLifeHours: 100 }], icp: { industries: [email], regions: [email], mismatchFactor: 0.5 } } }, 'admin');
  await acme(0);
  const requirement = { fieldName: 'plan', requiredLevel: 'HARD', scenarioId: await oneId('{ scenarios { edges { node { id } } } }', 'Scenario') };
  await office.run('mutation($input: ScenarioRequirementInput!) { saveScenarioRequirement(input: $input) { __typename } }', { input: requirement }, 'admin');
  await office.upsert('kpis', [{ account: { id: account }, externalRef: crm('wau'), category: email, parameter: 'Weekly active users', value: '10 %', occurredAt: office.clock.now().toISOString() }]);
  await office.upsert('threads', [{ account: { id: account }, externalRef: crm('rival'), author: 'Ann', preview: 'They compare us with Gong.', replyCount: 1, occurredAt: office.clock.now().toISOString() }]);
  await office.upsertAccounts([{ externalRef: crm(email), name: said }]);
  await office.run('mutation($input: OutreachPolicyInput!) { saveOutreachPolicy(input: $input) { __typename } }', { input: { doNotSay: [`secret of ${email}`] } }, 'admin');
  await office.grant(email, { proof: `scan of ${said}` });
  const propose = 'mutation($input: ProposeActionInput!) { proposeAction(input: $input) { __typename ... on Action { id } ... on UserError { message path } } }';
  const input = { account: { id: account }, subject: `For ${email}`, body: `Write to ${said}.`, reasoning: `${said} asked.`, confidence: 0.8 };
  const first = await of(propose, { input }, 'approver', 'Action');
  await of('mutation($input: RejectActionInput!) { rejectAction(input: $input) { __typename ... on UserError { message } } }', { input: { id: first, reason: `${said} is away` } }, 'admin', 'Action');
  await of(propose, { input }, 'approver', 'Action');
  const snapshot = 'mutation($input: CreateSnapshotsInput!) { createSnapshots(input: $input) { __typename ... on SnapshotJob { id } ... on UserError { message } } }';
  for (const turn of [1, 2]) {
    job = await of(snapshot, { input: { accountIds: [account], reason: `${said} ${turn}` } }, 'admin', 'SnapshotJob');
    await until('the snapshot is taken', async () => JSON.stringify(await office.run('query($id: ID!) { node(id: $id) { ... on SnapshotJob { status } } }', { id: job }, 'admin')).includes('DONE'));
    await acme(turn);
    office.clock.advance(60_000);
  }
  await of('mutation($input: ApiKeyInput!) { createApiKey(input: $input) { __typename ... on UserError { message } } }', { input: { name: `key of ${email}`, roles: ['VIEWER'] } }, 'admin', 'ApiKeyCreated');
  await plantCrmChange(office, { account, text: said, of, pretended });
  await plantExperiment(office, { text: said, of });
  await plantEnrichment(office, { account, of });
  session = await plantSession(office, said);
  await plantIdentities(said, of);
}

/** Sources that disagree, what is retired, and what was merged and unmerged. */
async function plantIdentities(said: string, of: (query: string, variables: Record<string, unknown>, role: Role, expected: string) => Promise<string>): Promise<void> {
  const { email } = person;
  await office.upsertAccounts([{ externalRef: crm(`acme-${person.digits.slice(-4)}`), source: 'hubspot', name: `Also ${said}`, owner: { name: `Also ${said}`, email } }]);
  const ids = (await office.upsertAccounts(['gone', 'one', 'other'].map((name) => ({ externalRef: crm(name), name })))).results.map(({ id }) => id ?? '');
  await office.ingest([{ account: { id: ids[0] }, type: 'call', source: 'phone' }]);
  const refused = '... on UserError { message }';
  await of(`mutation($input: RetireRecordsInput!) { retireRecords(input: $input) { __typename ${refused} } }`, { input: { ids: [ids[0]], reason: `${said} left` } }, 'admin', 'RetiredRecords');
  const people = (await office.upsert('contacts', ['c-1', 'c-2'].map((ref) => ({ account: { id: ids[1] }, externalRef: crm(ref), name: ref })))).results.map(({ id }) => id);
  for (const [kind, pair] of [['Accounts', ids.slice(1)], ['Contacts', people]] as const) {
    const made = kind === 'Accounts' ? 'AccountMerge' : 'ContactMerge';
    const mergeId = await of(`mutation($input: MergeInput!) { merge${kind}(input: $input) { __typename ... on ${made} { id } ${refused} } }`, { input: { intoId: pair[0], fromId: pair[1], reason: `${said} said so` } }, 'admin', made);
    await of(`mutation($input: UnmergeInput!) { unmerge${kind}(input: $input) { __typename ${refused} } }`, { input: { mergeId, reason: `${said} took it back` } }, 'admin', made);
  }
  await office.database.transact({ tenantId: office.tenant, actor: { kind: 'machine', id: 'hubspot:test' }, requestId: 'test' }, (work) => requestErasures(work, [{ contactId: parseGlobalId(people[0] ?? '')?.id ?? '', source: 'hubspot', requestedAt: work.now }]));
  await of(`mutation($input: PublishPrecedencePolicyInput!) { publishPrecedencePolicy(input: $input) { __typename ${refused} } }`, { input: { rules: [{ name: 'by hand', kind: '*', fields: ['name'], tiers: [['salesforce']] }] } }, 'admin', 'PrecedencePolicy');
  await of(`mutation($input: MatchingPolicyInput!) { publishMatchingPolicy(input: $input) { __typename ${refused} } }`, { input: {} }, 'admin', 'MatchingPolicy');
  await of(`mutation { createWebhookSecret(source: JSON) { __typename ${refused} } }`, {}, 'admin', 'WebhookSecretCreated');
  await plantConnection();
}

/** A connection that was paused after it failed, with a back-fill that failed and an object that was given up: roles that see no connections have no way to it, so that nothing of the person is in it. */
async function plantConnection(): Promise<void> {
  const id = office.newId();
  const now = office.clock.now();
  await office.rows(`insert into connection (tenant_id, id, source, settings, vendor_account, created_at, created_by, credentials_changed_at, paused_at) values ($1, $2, 'jira', '{"labels": {}}', 'Site', $3, 'test', $3, $3) on conflict do nothing`, [office.tenant, id, now]);
  await office.rows(`insert into connection_state (tenant_id, connection_id, failed_at, failure_code, failure_message, limited_until, limit_reason) select $1, $2, $3, 'TIMEOUT', 'Jira did not answer in time.', '9999-01-01', 'tenant' where exists (select from connection where id = $2)`, [office.tenant, id, now]);
  await office.rows(`insert into connection_backfill (tenant_id, id, connection_id, source, status, failure_code, failure_message, started_at, started_by_kind, started_by_id, moved_at, ended_at) values ($1, $3, $2, 'jira', 'FAILED', 'REFUSED', 'Jira refused the call.', $4, 'user', 'test', $4, $4)`, [office.tenant, id, office.newId(), now]);
  await office.rows(`insert into source_fetch (tenant_id, source, secret_id, kind, external_id, wanted_at, asked_at, attempts, failed_at, failure_code, failure_message, dead_at) values ($1, 'jira', $2, 'issue', 'ACME-1', $3, $3, 10, $3, 'UNREADABLE', 'fields must be an object.', $3)`, [office.tenant, id, now]);
}

test('no address of a person is anywhere in what a role without addresses is answered', () => {
  expect(withoutAddresses).toEqual(['viewer']);
  for (const role of withoutAddresses) {
    const { values, texts } = seen.get(role) ?? { values: new Map<string, string[]>(), texts: [] };
    expect([...values].filter(([, own]) => hasCanary(own)).map(([field]) => field)).toEqual([]);
    expect(texts.filter((text) => addresses(text) || encoded(text)).map((text) => text.slice(0, 300))).toEqual([]);
  }
});

test('who may see addresses sees them in every place where they were told', () => {
  const admin = seen.get('admin');
  const places = [...(admin?.values ?? [])].filter(([, own]) => hasCanary(own)).map(([field]) => field);
  const classes = new Map(textFields(schema).map(({ name, shows }) => [name, shows]));
  // Not one class only: contacts, colleagues, records, payloads, profiles, drafts, snapshots, lineage, consents, audit.
  for (const field of ['Contact.email', 'Person.email', 'Person.name', 'Note.content', 'Note.author', 'Thread.preview', 'Thread.author', 'Thread.url', 'Activity.subject', 'Ticket.summary', 'Ticket.assignee', 'ManagerFlag.setBy', 'Signal.payload', 'Signal.sourceEventId',
    'ExternalRef.id', 'Account.name', 'Account.championStatus', 'AccountSnapshot.accountOwner', 'AccountSnapshot.reason', 'SnapshotChange.before', 'ActionDraft.to', 'ActionDraft.body', 'Action.reasoning', 'ActionDecision.remark', 'LineageNode.name',
    'ProfileField.value', 'ProfileAsset.name', 'ProfileAsset.text', 'SessionLock.holder', 'SessionMessage.body', 'SessionStep.content', 'Session.activeContext', 'Session.persistentContext', 'FieldDefinition.collectionPrompt', 'OutreachPolicy.doNotSay', 'Scenario.conditions', 'Consent.email', 'ErasurePreview.emails', 'ApiKey.name']) expect(places).toContain(field);
  // Words of the program never hold an address, whoever asks.
  expect(places.filter((field) => classes.get(field) === 'SYSTEM')).toEqual([]);
  for (const role of sight.PERSON_ADDRESS) {
    const own = seen.get(role)?.values;
    const missing = places.filter((field) => {
      const shows = classes.get(field);
      // Merges are listed for fewer roles than see their reasons; what is retired is in no list that all of them have.
      if (field.startsWith('Retirement.')) return false;
      if (/^(?:Account|Contact)Merge\./.test(field) && !['analyst', 'privacy_officer', 'admin'].includes(role)) return false;
      return shows !== null && shows !== undefined && sight[shows].includes(role) && !hasCanary(own?.get(field));
    });
    expect({ role, missing }).toEqual({ role, missing: [] });
  }
});

test('what a role is refused as a whole does not reach it by any way', () => {
  const classes = new Map(textFields(schema).map(({ name, shows }) => [name, shows]));
  for (const role of roles) {
    const shown = [...(seen.get(role)?.values ?? [])].map(([field]) => field).filter((field) => {
      const shows = classes.get(field);
      return shows !== null && shows !== undefined && !sight[shows].includes(role) && ['CONSENT', 'ERASURE', 'AUDIT', 'ADMINISTRATION', 'DRAFT', 'PERSON_ADDRESS'].includes(shows);
    });
    expect({ role, shown }).toEqual({ role, shown: [] });
  }
});

test('the sweep reaches every field that holds text, but for those that only mutations, subscriptions and rare rows have', () => {
  const admin = seen.get('admin')?.values;
  const unreached = textFields(schema).map(({ name }) => name).filter((field) => !admin?.has(field) && !/(Error|Outdated|Edge)\./.test(field));
  const elsewhere = /^(?:AlreadyDecided|EvidenceChanged|EvidenceDifference|NotPermitted|LimitReached|HasDependents|ApiKeyCreated|ApiKeyRotated|MatchDecider|Retirement|WebhookSecretCreated|WebhookSecretRotated|ReceivedSecret|ConnectionTest|GapFill|DependentItem|SubjectExport|ActionChange|ContextUpdate|RefreshedSection|IntentScoreChange|SignalIngest|SnapshotCreated|SnapshotJobChange|SessionBusy|SessionChange|SessionFact|SessionStarted|StaleLock|MessagesWaiting|Lagged|Listening|LlmUsage|RequirementExtraction|ErasureReceipt|AuditAnchor|AuditAcceptedRestore|ErasureItem|ErasureStaying|ErasureStayingText|Consideration|EvidenceSource|FrozenContribution|FrozenHealth|ExperimentRunChange|BudgetExhausted)\.|^(?:ActionDraft\.(?:model|prompt|disclosure)|ErasurePreview\.notSearched|OutreachPolicy\.doNotContactFlags|AuditVerification\.detail|SnapshotJob\.triggerEvent|ContextSection\.error)$/;
  expect(unreached.filter((field) => !elsewhere.test(field))).toEqual([]);
});

test('the same holds over the socket', async () => {
  const listen = async (role: Role): Promise<string> => {
    const client = createClient({ url: `${office.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${await office.token(role)}` }, retryAttempts: 0 });
    const first = (query: string): Promise<string> => new Promise((resolve, reject) => {
      client.subscribe({ query, variables: { id: account } }, { next: (answer) => resolve(JSON.stringify(answer)), error: reject, complete: () => undefined });
    });
    const answers = await Promise.all([
      first('subscription($id: ID!) { signalIngested(accountId: $id) { __typename ... on SignalIngest { signal { payload sourceEventId dedupeKey externalRefs { id } account { name owner { email } } } } } }'),
      first('subscription($id: ID!) { snapshotCreated(accountId: $id) { __typename ... on SnapshotCreated { snapshot { reason accountOwner primaryChampion championContact { email name } region } } } }'),
      first('subscription { actionChanged(filter: { statuses: [PENDING] }) { __typename ... on ActionChange { action { reasoning draft { to subject body } contact { email } } decision { remark inputs } } } }'),
      first('subscription($id: ID!) { intentScoreChanged(accountIds: [$id]) { __typename ... on IntentScoreChange { account { name notes { edges { node { content author } } } } causedBy { payload } } } }'),
    ]);
    await client.dispose();
    return answers.join('\n');
  };
  const [analyst, viewer] = [await listen('analyst'), await listen('viewer')];
  expect(addresses(analyst)).toBe(true);
  expect(viewer).toContain('[email hidden]');
  expect(addresses(viewer)).toBe(false);
});

test('the same holds over REST', async () => {
  const get = async (path: string, role: Role): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${office.url}${path}`, { headers: { authorization: `Bearer ${await office.token(role)}` } });
    return { status: response.status, text: await response.text() };
  };
  const paths = ['/api/actions/pending', '/api/audit/export', `/api/consent/${encodeURIComponent(person.email)}`];
  for (const path of paths) expect(addresses((await get(path, 'viewer')).text)).toBe(false);
  expect(addresses((await get('/api/actions/pending', 'approver')).text)).toBe(true);
  expect((await get('/api/audit/export', 'viewer')).status).toBe(403);
  expect((await get(`/api/consent/${encodeURIComponent(person.email)}`, 'viewer')).status).toBe(403);
});

test('a caller is told what it sees', async () => {
  const told = async (role: Role): Promise<string[]> => (await office.run<{ caller: { sees: string[] } }>('{ caller { sees } }', {}, role as never)).caller.sees;
  expect(await told('viewer')).toEqual(['SYSTEM']);
  expect(await told('privacy_officer')).toEqual(Object.entries(sight).filter(([, allowed]) => allowed.includes('privacy_officer')).map(([name]) => name));
});
