import { crm, dataOf, samples, type Arranged } from '../accounts/arrange.ts';

/** A job as `createSnapshots` answers it. */
export interface Job {
  readonly __typename: string;
  readonly id: string;
  readonly status: string;
  readonly progress: { readonly done: number; readonly total: number; readonly failed: number };
  readonly snapshots: readonly { readonly id: string; readonly sequenceNumber: number }[];
  readonly code?: string;
  readonly message?: string;
  readonly path?: readonly string[];
}

const mutation = `mutation($input: CreateSnapshotsInput!) { createSnapshots(input: $input) { __typename
  ... on SnapshotJob { id status progress { done total failed } snapshots { id sequenceNumber } } ... on UserError { message code path } } }`;

/** Takes snapshots through the graph; of every account when none is named. */
export async function create(program: Arranged, accountIds: readonly string[] | null, more: Record<string, unknown> = {}, token?: string): Promise<Job> {
  const answer = await program.query<{ createSnapshots: Job }, Record<string, unknown>>(mutation, { input: { accountIds, type: 'MANUAL', ...more } }, token ? { token } : { role: 'agent' });
  return dataOf(answer).createSnapshots;
}

/** An account with one record of each kind; answers its global id. */
export async function account(program: Arranged, name: string, more: Record<string, unknown> = {}): Promise<string> {
  const id = await program.account(name, more);
  for (const [plural, [first]] of Object.entries(samples)) await program.upsert(plural, [{ account: { externalRef: crm(name) }, externalRef: { system: 'test', id: `${name} ${plural}` }, ...first }]);
  return id;
}

const fields = `id sequenceNumber type reason triggerEvent triggerEvents takenAt recordedAt revenue { amountMinor currency } revenueChange { amountMinor currency } revenueChangePercent revenueChangeAbsent
  overallHealthScore healthPartialScore healthCoverage healthSource healthSourceReason healthAsOf healthModelVersion healthTrend healthTrendAbsent healthScoreChange healthChangeSinceBaseline productUsageScore supportScore customerSentimentScore businessOutcomesScore relationshipStrengthScore
  assignedCsm csmManager accountOwner accountStatus industry region accountTier externalAccountId lifecycleStage onboardingStatus lastQbrDate nextQbrDate engagementScore
  productsUsed productCount primaryProduct playbooksRunning playbooksCompleted playbooksCompletedLast30Days lastPlaybookExecuted lastPlaybookExecutedAt playbookRecommendations
  kpiTotal kpiAccountLevel kpiProductLevel kpiCritical kpiAtRisk kpiHealthy kpiUnknown topCriticalKpis { id name value category } primaryChampion championStatus stakeholderCount
  recentNotes { id: presentId noteType content } recentPlaybookReports { id: presentId playbookName content } references { of version digest } previous { id } baseline { id sequenceNumber }
  daysSinceLastSnapshot isSignificantChange significantBecause policyVersion lineage { nodes { id type name } }`;

/** Everything that a snapshot says. */
export async function read(program: Arranged, id: string): Promise<Record<string, unknown>> {
  const { node } = await program.see<{ node: Record<string, unknown> | null }>(`query($id: ID!) { node(id: $id) { ... on AccountSnapshot { ${fields} } } }`, { id });
  if (!node) throw new Error(`there is no snapshot ${id}`);
  return node;
}

/** The snapshots of an account, the first one first, in few words. */
export async function history(program: Arranged, id: string): Promise<Record<string, unknown>[]> {
  const { account: found } = await program.see<{ account: { snapshots: { edges: { node: Record<string, unknown> }[] } } }>('query($id: ID!) { account(id: $id) { snapshots(first: 100, orderBy: { field: SEQUENCE, direction: ASC }) { edges { node { id sequenceNumber type triggerEvents takenAt } } } } }', { id });
  return found.snapshots.edges.map(({ node }) => node);
}
