import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Seal } from '../platform/postgres/seal.ts';
import { statement } from '../platform/postgres/statement.ts';
import type { Work } from '../platform/postgres/work.ts';
import { selectAccounts } from '../features/accounts/index.ts';
import {
  saveFieldDefinition, saveProfileAsset, saveScenario, saveScenarioRequirements, updateProfileFields, type FieldDefinitionInput, type FieldUpdate, type RequirementStatement,
} from '../features/profiles/index.ts';

const demoProfiles = z.strictObject({
  definitions: z.array(z.looseObject({ name: z.string() })),
  scenarios: z.array(z.strictObject({ name: z.string(), conditions: z.string(), requirements: z.array(z.looseObject({ fieldName: z.string() })) })),
  account: z.strictObject({ system: z.string(), id: z.string() }),
  assets: z.array(z.strictObject({ name: z.string(), kind: z.string(), text: z.string(), occurredAt: z.string() })),
  fields: z.array(z.looseObject({ name: z.string(), value: z.unknown(), asset: z.string().optional() })),
});

const definitionsThere = statement('demo_definitions', 'select 1 from field_definition where tenant_id = $1 limit 1');

/** Fills the demo's vault: what may be known, what onboarding needs, a document, and what came out of it; once per tenant. */
export async function loadDemoProfiles(work: Work, seal: Seal, relativeTimes: (value: unknown) => unknown): Promise<void> {
  if ((await work.rows(definitionsThere, [work.tenantId])).length > 0) return;
  const text = await readFile(new URL('demo-profiles.json', import.meta.url), 'utf8');
  const { definitions, scenarios, account, assets, fields } = demoProfiles.parse(relativeTimes(JSON.parse(text)));
  for (const definition of definitions) await saveFieldDefinition(work, definition as unknown as FieldDefinitionInput);
  for (const { name, conditions, requirements } of scenarios) {
    const { id } = await saveScenario(work, { name, conditions });
    await saveScenarioRequirements(work, id, 'PERSON', requirements as unknown as RequirementStatement[]);
  }
  const [accountId] = (await selectAccounts(work, work.tenantId, [{ externalRef: account }])).values();
  if (!accountId) return;
  const ids = new Map<string, string>();
  for (const asset of assets) ids.set(asset.name, await saveProfileAsset(work, seal, { accountId, ...asset }));
  const updates = fields.map(({ asset, ...field }, index) => {
    const id = asset === undefined ? undefined : ids.get(asset);
    return { ...field, accountId, sourceItems: id === undefined ? [] : [{ type: 'ProfileAsset', id }], path: ['fields', String(index)] } as unknown as FieldUpdate;
  });
  const fault = (await updateProfileFields(work, seal, updates)).find((result) => result instanceof Error);
  if (fault) throw fault;
}
