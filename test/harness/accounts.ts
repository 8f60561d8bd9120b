import { upsertAccounts, type AccountInput } from '../../src/features/accounts/index.ts';
import { ingestSignals, type IngestResult, type SignalStatement } from '../../src/features/signals/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { TestProgram } from './program.ts';

const actor = { kind: 'system', id: 'test' } as const;

/** Makes an account that Salesforce knows by an id; answers its global id. */
export async function makeAccount(program: TestProgram, externalId: string, tenantId: Id<'Tenant'> = program.tenant): Promise<string> {
  const account = { externalRef: { system: 'salesforce', id: externalId }, name: `Account ${externalId}` } as unknown as AccountInput;
  const [made] = await program.database.transact({ tenantId, actor, requestId: 'test' }, (work) => upsertAccounts(work, program.seal, [account]));
  if (!made || made instanceof Error) throw made ?? new Error('no account was made');
  return made.globalId;
}

/** A signal in a few words. */
export interface ShortSignal {
  /** The account's Salesforce id. */
  readonly account: string;
  readonly event: string;
  readonly type?: string;
  readonly payload?: Record<string, unknown>;
}

/** Takes signals in, all in one transaction. */
export async function signal(program: TestProgram, signals: readonly ShortSignal[], tenantId: Id<'Tenant'> = program.tenant): Promise<IngestResult[]> {
  const arrived = signals.map(({ account, event, type = 'meeting', payload = {} }, index) => ({
    statement: { account: { externalRef: { system: 'salesforce', id: account } }, source: 'test', sourceEventId: event, type, payload } satisfies SignalStatement,
    requestId: 'test',
    path: [String(index)],
  }));
  return program.database.transact({ tenantId, actor, requestId: 'test' }, (work) => ingestSignals(work, arrived));
}
