import { roles } from '../../src/app/config.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountRecords } from '../../src/features/accounts/index.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { noteReads } from '../harness/note-reads.ts';

const size = 100;
let program: Arranged;
let ids: string[] = [];
const reads: Read[] = [];
beforeAll(async () => {
  // Jobs of the scheduler would be counted, too, and what orchestration looks up.
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler' && role !== 'orchestration') });
  const names = Array.from({ length: size }, (_, index) => `account-${String(index).padStart(3, '0')}`);
  ids = (await program.upsertAccounts(names.map((name) => ({ externalRef: crm(name), name })))).results.map(({ id }) => id ?? '');
  for (const { plural } of accountRecords) {
    await program.upsert(plural, names.flatMap((name) => [1, 2].map((copy) => ({ account: { externalRef: crm(name) }, externalRef: crm(`${name}-${copy}`), ...samples[plural]?.[0], ...(plural === 'healthTrends' ? { month: copy } : {}) }))));
  }
  const contacts = await program.rows('select e.external_id as ref, c.id from contact c join external_ref e on e.node_id = c.id');
  const champion = new Map(contacts.map((row) => [String(row['ref']), `Contact_${String(row['id']).replaceAll('-', '')}`]));
  await program.upsertAccounts(names.map((name) => ({ externalRef: crm(name), name, primaryChampionId: champion.get(`${name}-1`) })));
  for (const type of ['stage_change', 'meeting', 'demo_request']) await program.ingest(names.map((name) => ({ account: { externalRef: crm(name) }, type, source: 'test', sourceEventId: `${name}-${type}` })));
  await program.settled();
  const people = await program.rows('select c.id, c.account_id, c.subject_id from contact c order by c.id limit 100');
  for (const [index, person] of people.entries()) await putAction(index, person);
  noteReads(program.database, reads);
});
afterAll(() => program.close());

/** An action as orchestration would have left it, written by the owner: a hundred consents are not what is counted here. */
async function putAction(index: number, person: Record<string, unknown>): Promise<void> {
  const id = `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
  const at = `2026-11-20T00:00:00.${String(index).padStart(3, '0')}Z`;
  const evidence = { draft: { digest: 'x' }, recipient: { digest: 'x' }, score: null, consent: { granted: true, standing: 'GRANTED', consentId: null, version: 1, basis: 'CONSENT', expiresAt: null }, context: {} };
  // Neither exists without the other, which is looked at when a transaction ends; nor is the order of triggers what is counted here.
  await program.admin.query('set session_replication_role = replica');
  await program.admin.query(`insert into action (tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, recorded_at, sys_from)
    values ($1, $2, $3, 'EMAIL', 'PENDING', 'HIGH', 0.5, $4, $5, 1, 'x', 'system', 'test', $6, '2027-01-01', $6, $6)`, [program.tenant, id, person['account_id'], person['id'], person['subject_id'], at]);
  await program.admin.query(`insert into action_evidence (tenant_id, id, account_id, action_id, version, cause, digest, evidence, draft_sealed, reasoning_sealed, generated_by, author_kind, author_id, is_edited, frozen_at) values ($1, $2, $5, $2, 1, 'PROPOSED', 'x', $3, '', '', 'TEMPLATE', 'system', 'test', false, $4)`, [program.tenant, id, JSON.stringify(evidence), at, person['account_id']]);
  await program.admin.query('reset session_replication_role');
}

// AccountContext of the acceptance file without what later rooms add: context, brief, profile, latestSnapshot, actions.
const context = `id externalRefs { system id } name revenue { amountMinor currency } owner { name email } csm { name email }
  opportunities(first: 5) { edges { node { id name stage amount { amountMinor currency } closeDate probability nextStep daysInStage } } }
  contacts(first: 20) { edges { node { id name title email role } } }
  activities(first: 5) { edges { node { id type subject occurredAt } } }
  tickets(first: 10, filter: { open: true }) { totalCount edges { node { id key summary status priority labels assignee url } } }
  threads(first: 5) { edges { node { id author preview replyCount occurredAt } } }
  managerFlags { flag setBy note } weeklySummary { weekOf status highlights risks } primaryChampion { name }
  intent { __typename ... on IntentScore { value band trend computedAt modelVersion contributions(first: 5) { signal { id type source occurredAt } weight decayFactor points }
    nextThresholdCrossing { at direction } history(first: 3) { totalCount edges { node { value } } } } }
  signals(first: 10, filter: { types: ["stage_change", "meeting"] }) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id type source occurredAt recordedAt payload account { name } } } }`;
const others = accountRecords.filter(({ paged }) => paged).map(({ plural }) => `${plural}(first: 2) { totalCount edges { node { id } } }`).join(' ');

/** The names of the statements that one operation asks, sorted: levels below each other may overtake one another. */
async function asked(query: string, variables: Record<string, unknown>): Promise<{ names: string[]; data: unknown }> {
  reads.length = 0;
  const { data, errors } = await program.query(query, variables, { role: 'viewer' });
  expect(errors).toBeUndefined();
  // The page size is part of a list's statement.
  return { names: reads.flatMap((read) => read.asked.map((name) => name.replace(/_of_\d+$/, ''))).sort(), data };
}

test.each([
  ['the account page', `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { ${context} } } }`, (count: number) => ({ ids: ids.slice(0, count) }), 24],
  ['every list of an account', `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { id ${others} } } }`, (count: number) => ({ ids: ids.slice(0, count) }), 1 + 2 * 14],
  ['the account page of a past instant', `query($ids: [ID!]!, $at: DateTime) { nodes(ids: $ids, asOf: $at) { ... on Account { ${context} } } }`, (count: number) => ({ ids: ids.slice(0, count), at: program.clock.now().toISOString() }), 26],
  ['the account page at two times', `query($ids: [ID!]!, $at: DateTime) { nodes(ids: $ids, validAt: $at) { ... on Account { ${context} } } }`, (count: number) => ({ ids: ids.slice(0, count), at: program.clock.now().toISOString() }), 60],
  ['every list of an account at two times', `query($ids: [ID!]!, $at: DateTime) { nodes(ids: $ids, validAt: $at) { ... on Account { id ${others} } } }`, (count: number) => ({ ids: ids.slice(0, count), at: program.clock.now().toISOString() }), 4 + 4 * 14],
  ['the portfolio at two times', 'query($first: Int!, $at: DateTime) { accounts(first: $first, validAt: $at, filter: { minIntent: 10 }, orderBy: { field: INTENT, direction: DESC }) { totalCount edges { node { id name intent { ... on IntentScore { value trend } } contacts(first: 3) { edges { node { name } } } } } } }', (count: number) => ({ first: count, at: program.clock.now().toISOString() }), 22],
  ['what sources said of accounts and records', 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { statements(first: 3) { totalCount edges { node { source mode fields node { id } } } } contradictions { field candidates { statement { id } } } } } }', (count: number) => ({ ids: ids.slice(0, count) }), 6],
  ['what sources said of records', 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { tickets(first: 2) { edges { node { statements(first: 2) { totalCount edges { node { id fields node { id } } } } contradictions { field } } } } } } }', (count: number) => ({ ids: ids.slice(0, count) }), 7],
  ['the approval queue', `query($first: Int!) { actions(first: $first, filter: { statuses: [PENDING, CLAIMED] }) { totalCount edges { node { id status reasoning draft { to subject } evidence { intentScore consent { granted } } account { name } contact { title } decisions(first: 2) { edges { node { outcome } } } } } } }`, (count: number) => ({ first: count }), 6],
  ['what else is under way to the addressees', 'query($first: Int!) { actions(first: $first) { edges { node { id personLastEmailedAt openToSamePerson { id account { name } } evidence { intentReasons { value contributions { points } } restsOn { type version } } } } } }', (count: number) => ({ first: count }), 4],
  ['the considerations', 'query($first: Int!) { considerations(first: $first, filter: { reasons: [NO_CONSENT, COOL_DOWN, ACCOUNT_STATUS, NO_RECIPIENT, DAILY_LIMIT] }) { totalCount edges { node { account { id name } intent { ... on IntentScore { value } } reason explanation retryAt } } pageInfo { hasNextPage endCursor } } }', (count: number) => ({ first: count }), 5],
  ['the portfolio', 'query($first: Int!) { accounts(first: $first, filter: { minIntent: 60, statuses: [ACTIVE, AT_RISK] }, orderBy: { field: INTENT, direction: DESC }) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id name intent { ... on IntentScore { value band trend } } contacts(first: 3) { edges { node { name } } } } } } }', (count: number) => ({ first: count }), 5],
  ['deals across accounts', 'query($first: Int!) { opportunities(first: $first, filter: { stageKinds: [OPEN] }, orderBy: { field: CLOSE_DATE, direction: ASC }) { totalCount edges { node { id name account { id name } } } } }', (count: number) => ({ first: count }), 3],
  ['signals across accounts', 'query($first: Int!) { signals(first: $first) { totalCount edges { node { id payload account { id name } } } } }', (count: number) => ({ first: count }), 3],
  ['the figures', 'query($first: Int!) { accounts(first: $first) { totalCount } accountStats { count byStatus { status count } byIntentBand { band count } byOwner { owner { name } count } openPipeline { stage count amounts { amountMinor } } } }', (count: number) => ({ first: count }), 8],
  ['a search', 'query($first: Int!) { search(text: "acc", first: $first) { edges { node { score matched { field text } node { id ... on Account { name } ... on Contact { name } } } } } }', (count: number) => ({ first: count }), 4],
])('%s asks as many statements for one account as for a hundred, however it is served', async (_name, query, variables, most) => {
  const limits = [];
  // Interpreted at first; from the second time on the document is served compiled.
  const answers = [];
  for (const count of [1, 1, size, size, 1, size]) {
    const answer = await asked(query, variables(count));
    limits.push(answer.names);
    answers.push(answer.data);
  }
  for (const names of limits) expect(names).toEqual(limits[0]);
  expect(limits[0]?.length).toBeLessThanOrEqual(most);
  // The past is asked of two instants for a trend, and of the statements of each kind.
  if (!query.includes('$at')) expect(new Set(limits[0]).size, 'a statement is asked twice').toBe(limits[0]?.length);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[5]).toEqual(answers[2]);
});

test('a lineage asks as many statements for one record as for a hundred', async () => {
  const snapshots = await program.query('mutation($input: CreateSnapshotsInput!) { createSnapshots(input: $input) { ... on SnapshotJob { id } } }', { input: { accountIds: ids.slice(0, 1), type: 'MANUAL' } }, { role: 'agent' });
  expect(snapshots.errors).toBeUndefined();
  const lineage = 'query($of: ID!) { lineage(of: $of, maxNodes: 2000) { nodes { id name occurredAt } edges { from to fields } } }';
  const account = { id: ids[0] };
  const few = await asked(lineage, { of: ids[0] });
  await program.upsert('kpis', Array.from({ length: 60 }, (_, index) => ({ account, externalRef: crm(`more-${index}`), ...samples['kpis']?.[0] })));
  for (let index = 0; index < 30; index += 1) await program.upsertAccounts([{ externalRef: crm('account-000'), source: `source-${index}`, ...(index % 2 ? { region: `R${index}` } : { website: `w${index}` }) }]);
  const many = await asked(lineage, { of: ids[0] });
  expect(many.names).toEqual(few.names);
  expect(new Set(many.names).size).toBe(many.names.length);
});
