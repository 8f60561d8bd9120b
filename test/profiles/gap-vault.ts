import { FieldDefinitionInput, saveFieldDefinition, saveProfileAsset, saveScenario, saveScenarioRequirements, type RequirementStatement } from '../../src/features/profiles/index.ts';
import { parseGlobalId, toGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { makeAccount } from '../harness/accounts.ts';
import { acceptance } from '../harness/live-client.ts';
import type { TestProgram } from '../harness/program.ts';

/** A profile and a scenario of a test's own. */
export interface Vault {
  readonly accountId: Id<'Account'>;
  readonly profileId: string;
  readonly scenarioId: string;
  readonly scenarioKey: Id<'Scenario'>;
}

let vaults = 0;

/** Runs a use case as the test. */
export function act<Result>(program: TestProgram, body: (work: Work) => Promise<Result>, tenantId: Id<'Tenant'> = program.tenant): Promise<Result> {
  return program.database.transact({ tenantId, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, body);
}

/** Makes an account and a scenario that requires some fields. */
export async function makeVault(program: TestProgram, requirements: readonly (string | RequirementStatement)[], conditions = ''): Promise<Vault> {
  vaults += 1;
  const account = await makeAccount(program, `vault-${vaults}`);
  const accountId = parseGlobalId(account)?.id as Id<'Account'>;
  const scenarioKey = await act(program, async (work) => {
    const { id } = await saveScenario(work, { name: `Scenario ${vaults}`, conditions });
    const stated = requirements.map((each): RequirementStatement => (typeof each === 'string' ? { fieldName: each, requiredLevel: 'HARD' } : each));
    if (stated.length > 0) await saveScenarioRequirements(work, id, 'PERSON', stated);
    return id;
  });
  return { accountId, profileId: toGlobalId('Profile', accountId), scenarioId: toGlobalId('Scenario', scenarioKey), scenarioKey };
}

/** Defines fields. */
export async function define(program: TestProgram, definitions: readonly (Partial<FieldDefinitionInput> & Pick<FieldDefinitionInput, 'name' | 'valueType'>)[]): Promise<void> {
  await act(program, async (work) => {
    for (const definition of definitions) await saveFieldDefinition(work, Object.assign(new FieldDefinitionInput(), { isPii: false, ...definition }));
  });
}

/** Puts a document into a profile; answers its global id. */
export async function addDocument(program: TestProgram, vault: Vault, text: string, more: { occurredAt?: string; subjectEmail?: string } = {}): Promise<string> {
  const id = await act(program, (work) => saveProfileAsset(work, program.seal, { accountId: vault.accountId, name: 'Order form', text, ...more }));
  return toGlobalId('ProfileAsset', id);
}

/** One entry of what the acceptance file's mutation `Fill` answers. */
export interface Filled {
  readonly fieldName: string;
  readonly filled: boolean;
  readonly source: string | null;
  readonly validationErrors: readonly string[];
  readonly field: { readonly id: string; readonly value: unknown } | null;
}

/** Fills a vault's gaps, as the acceptance file does. */
export async function fill(program: TestProgram, { profileId, scenarioId }: Pick<Vault, 'profileId' | 'scenarioId'>): Promise<readonly Filled[]> {
  const { data, errors } = await program.query<{ fillScenarioRequirements: Filled[] }, Record<string, unknown>>(acceptance('profiles-and-lineage', 'Fill'), { profileId, scenarioId }, { role: 'analyst' });
  if (!data) throw new Error(JSON.stringify(errors));
  return data.fillScenarioRequirements;
}
