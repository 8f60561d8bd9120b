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
