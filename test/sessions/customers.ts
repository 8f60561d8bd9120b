import { parseGlobalId, toGlobalId, type Id } from '../../src/platform/ids.ts';
import { saveScenario, saveScenarioRequirements } from '../../src/features/profiles/index.ts';
import { dataOf, type Arranged } from '../accounts/arrange.ts';
import { act, type Vault } from '../profiles/gap-vault.ts';
import type { agentsOf } from './agents.ts';

/** A key of a persistent context as `Session.facts` shows it. */
export interface SeenFact {
  readonly key: string;
  readonly outcome: string;
  readonly refusal: string | null;
  readonly statedAt: string | null;
  readonly step: { readonly id: string; readonly sequence: number } | null;
  readonly field: { readonly id: string; readonly value: unknown } | null;
}

/** A customer whose contact has a session. */
export interface SessionCustomer {
  readonly account: string;
  readonly accountId: Id<'Account'>;
  readonly email: string;
  /** Where a scenario requires fields. */
  readonly vault: Vault | null;
}

/** Makes an account with a contact that Chatwoot knows by that id, and a scenario that requires some fields. */
export async function customerOf(program: Arranged, { inboxId }: Pick<ReturnType<typeof agentsOf>, 'inboxId'>, contactId: string, requires: readonly string[] = []): Promise<SessionCustomer> {
  const account = await program.account(`of-${contactId}`);
  const email = `${contactId}@${contactId}.example`;
  await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'chatwoot', id: `${inboxId}/${contactId}` }, name: `Contact ${contactId}`, email }]);
  const accountId = parseGlobalId(account)?.id as Id<'Account'>;
  if (requires.length === 0) return { account, accountId, email, vault: null };
  const scenarioKey = await act(program, async (work) => {
    const { id } = await saveScenario(work, { name: `Scenario of ${contactId}`, conditions: '' });
    await saveScenarioRequirements(work, id, 'PERSON', requires.map((fieldName) => ({ fieldName, requiredLevel: 'HARD' as const })));
    return id;
  });
  return { account, accountId, email, vault: { accountId, profileId: toGlobalId('Profile', accountId), scenarioId: toGlobalId('Scenario', scenarioKey), scenarioKey } };
}

/** A field of a profile as a caller sees it. */
export interface SeenField {
  readonly id: string;
  readonly name: string;
  readonly value: unknown;
  readonly masked: boolean;
  readonly status: string;
  readonly source: string;
  readonly confidence: number;
  readonly occurredAt: string;
  readonly expiresAt: string | null;
  readonly sourceItemId: string | null;
  readonly sourceMetadata: object | null;
  readonly trust: { readonly level: string | null };
  readonly definition: { readonly piiClass: string } | null;
}

/** The fields of an account's profile, by name. */
export async function profileFields(program: Arranged, account: string, role: 'viewer' | 'analyst' | 'approver' | 'privacy_officer' | 'agent' | 'admin' = 'admin', asOf: string | null = null): Promise<readonly SeenField[]> {
  const query = 'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { profile { fields { id name value masked status source confidence occurredAt expiresAt sourceItemId sourceMetadata trust { level } definition { piiClass } } } } }';
  return dataOf(await program.query<{ account: { profile: { fields: readonly SeenField[] } } }, Record<string, unknown>>(query, { id: account, asOf }, { role })).account.profile.fields;
}

/** A part of the lineage graph around an item. */
export interface SeenLineage {
  readonly nodes: readonly { readonly id: string; readonly type: string; readonly name: string | null; readonly occurredAt: string | null }[];
  readonly edges: readonly object[];
}

/** The lineage of an item, one way. */
export async function lineageOf(program: Arranged, of: string, direction: 'UPSTREAM' | 'DOWNSTREAM'): Promise<SeenLineage> {
  const query = 'query($of: ID!, $direction: LineageDirection!) { lineage(of: $of, direction: $direction) { nodes { id type name occurredAt } edges { from to relation rule { name version } } } }';
  return dataOf(await program.query<{ lineage: SeenLineage }, Record<string, unknown>>(query, { of, direction }, { role: 'analyst' })).lineage;
}
