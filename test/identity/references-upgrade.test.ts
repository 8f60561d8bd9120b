import { expect, test } from 'vitest';
import { normaliseReference } from '../../src/features/accounts/normalise-reference.ts';
import { databaseBefore } from '../harness/database-before.ts';

test('references of before are brought into their one form, except where another node has it', async () => {
  const { admin, update } = await databaseBefore('matching');
  const id = (n: number): string => `00000000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`;
  const instant = '2026-11-01T00:00:00.000Z';
  await admin.query(`insert into tenant values ($1, 'one', 'One', $2)`, [id(1), instant]);
  const before: readonly (readonly [string, string, number])[] = [
    ['salesforce', '001A0000006Vm9u', 10], ['salesforce', '001B0000006Vm9u', 11], ['salesforce', '001B0000006Vm9uIAC', 12], ['salesforce', '001C0000006Vm9u', 13], ['salesforce', '001C0000006Vm9uIAC', 13],
    ['salesforce', '001D0000006Vm9uXXX', 14], ['salesforce', 'acme', 15], ['salesforce', 'somecompanyname', 16], ['email', ' Ann@Example.COM', 17], ['domain', 'https://www.Acme.com:443/x', 18], ['jira', 'acme-1', 19], ['slack', 'c024be7lr', 20],
    ['notion', '598337872CF94FDF8782E53DB20768A5', 21], ['hubspot', ' 77 ', 22], ['chatwoot', ' As It Is ', 23], ['website', 'ACME.example', 24], ['website', 'acme.example/', 25], ['slack', 'customers1', 26],
  ];
  for (const [system, ref, node] of before) await admin.query(`insert into external_ref (tenant_id, node_type, system, external_id, node_id, recorded_at) values ($1, 'Account', $2, $3, $4, $5)`, [id(1), system, ref, id(node), instant]);
  await update();
  const { rows } = await admin.query<{ system: string; ref: string; node: string }>('select system, external_id as ref, node_id as node from external_ref order by node_id, external_id');
  const after = rows.map(({ system, ref, node }) => [system, ref, Number(node.slice(-2))]);
  expect(after).toEqual([
    ['salesforce', '001A0000006Vm9uIAC', 10], ['salesforce', '001B0000006Vm9u', 11], ['salesforce', '001B0000006Vm9uIAC', 12], ['salesforce', '001C0000006Vm9uIAC', 13],
    ['salesforce', '001D0000006Vm9uXXX', 14], ['salesforce', 'acme', 15], ['salesforce', 'somecompanyname', 16], ['email', 'ann@example.com', 17], ['domain', 'acme.com', 18], ['jira', 'ACME-1', 19], ['slack', 'C024BE7LR', 20],
    ['notion', '59833787-2cf9-4fdf-8782-e53db20768a5', 21], ['hubspot', '77', 22], ['chatwoot', ' As It Is ', 23], ['website', 'acme.example', 24], ['website', 'acme.example/', 25], ['slack', 'customers1', 26],
  ]);
  // The program and the migration have one form, wherever the row could be brought into it.
  for (const [system, ref, node] of after) if (![11, 14, 25].includes(Number(node))) expect(normaliseReference({ system: String(system), id: String(ref) })).toBe(ref);
});
