import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { hostOf, normaliseReference, referenceRules, salesforceSuffix } from '../../src/features/accounts/normalise-reference.ts';
import { statement } from '../../src/platform/postgres/statement.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { arrange, type Arranged } from './arrange.ts';

let program: Arranged;
const inWork = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, body);
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

describe('the one form of a reference', () => {
  test.each([
    // From Salesforce's own documentation of the 18-character form.
    ['salesforce', '00570000001ZwTi', '00570000001ZwTiAAK'],
    ['salesforce', '001A0000006Vm9u', '001A0000006Vm9uIAC'],
    ['sfdc', ' 001A0000006Vm9u ', '001A0000006Vm9uIAC'],
    ['salesforce', '001A0000006Vm9uiac', '001A0000006Vm9uIAC'],
    ['salesforce', 'acme', 'acme'],
    ['salesforce', 'fifteen-letters', 'fifteen-letters'],
    ['salesforce', 'somecompanyname', 'somecompanyname'],
    ['email', ' Ann.Lee@Example.COM ', 'ann.lee@example.com'],
    ['domain', 'https://www.Acme.COM:443/about?x#y', 'acme.com'],
    ['website', 'Acme.com.', 'acme.com'],
    ['website', 'https://Bücher.example', 'xn--bcher-kva.example'],
    ['hubspot', ' 12345 ', '12345'],
    ['jira', 'acme-12', 'ACME-12'],
    ['jira', 'acme', 'acme'],
    ['slack', '<#c024be7lr|general>', 'C024BE7LR'],
    ['slack', 'customers1', 'customers1'],
    ['notion', '59833787-2CF9-4FDF-8782-E53DB20768A5', '59833787-2cf9-4fdf-8782-e53db20768a5'],
    ['notion', '598337872cf94fdf8782e53db20768a5', '59833787-2cf9-4fdf-8782-e53db20768a5'],
    ['chatwoot', ' 74274/12345', ' 74274/12345'],
  ])('%s %s is %s', (system, id, normal) => expect(normaliseReference({ system, id })).toBe(normal));

  test('is its own form', () => {
    const systems = [...referenceRules.flatMap((rule) => rule.systems), 'chatwoot'];
    const ids = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[0-9A-Za-z]{15}$/), fc.stringMatching(/^[a-z]{1,5}-[0-9]{1,4}$/), fc.emailAddress(), fc.webUrl(), fc.uuid());
    fc.assert(fc.property(fc.constantFrom(...systems), ids, (system, id) => {
      const normal = normaliseReference({ system, id });
      expect(normaliseReference({ system, id: normal })).toBe(normal);
      expect(normal).not.toBe('');
    }));
    fc.assert(fc.property(fc.stringMatching(/^[0-9A-Za-z]{15}$/), (id) => {
      expect(salesforceSuffix(id)).toMatch(/^[A-Z0-5]{3}$/);
    }));
  });

  test('a host is what a website names', () => expect(['acme.com', 'http://user@acme.com/x', 'WWW.ACME.COM', ' acme.com:80 '].map(hostOf)).toEqual(Array(4).fill('acme.com')));
});

describe('at the doors', () => {
  const long = '001A0000006Vm9uIAC';
  const short = '001A0000006Vm9u';

  test('both forms of a Salesforce id are one account, in upserts, look-ups and signals', async () => {
    const { results } = await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: short }, name: 'Acme' }, { externalRef: { system: 'salesforce', id: long }, name: 'Acme' }]);
    const id = results[0]?.id;
    expect(results.map((result) => result.id)).toEqual([id, id]);
    for (const ref of [short, long, ' 001A0000006Vm9uiac ']) {
      expect(await program.see('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id externalRefs { system id } } }', { ref: { system: 'salesforce', id: ref } })).toEqual({ accountBy: { id, externalRefs: [{ system: 'salesforce', id: long }] } });
    }
    const { results: [signal] } = await program.ingest([{ account: { externalRef: { system: 'salesforce', id: short } }, type: 'meeting', source: 'test', sourceEventId: '1' }]);
    expect(signal?.signal?.account.id).toBe(id);
    await program.upsert('notes', [{ account: { externalRef: { system: 'salesforce', id: long } }, externalRef: { system: 'notion', id: '598337872cf94fdf8782e53db20768a5' }, noteType: 'CALL', content: 'x', occurredAt: '2026-11-18T00:00:00.000Z' }]);
    const { results: [again] } = await program.upsert('notes', [{ account: { externalRef: { system: 'salesforce', id: short } }, externalRef: { system: 'notion', id: '59833787-2cf9-4fdf-8782-e53db20768a5' }, noteType: 'CALL', content: 'x', occurredAt: '2026-11-18T00:00:00.000Z' }]);
    expect(again).toMatchObject({ change: 'UNCHANGED' });
  });

  test('an 18-character id with a wrong suffix is refused, and leaves no trace', async () => {
    const wrong = { system: 'salesforce', id: '001A0000006Vm9uIAD' };
    const { results } = await program.upsertAccounts([{ externalRef: wrong, name: 'Wrong' }]);
    expect(results).toMatchObject([{ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', '0', 'externalRef', 'id'], message: expect.stringContaining('do not fit') as string }]);
    const { errors } = await program.query('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id } }', { ref: wrong });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', inputPath: ['by', 'externalRef', 'id'] } });
    expect(await program.count(`select from external_ref where external_id like '001A0000006Vm9u%' and node_type = 'Account'`)).toBe(1);
  });

  test('an erased contact stays suppressed under either form of its reference', async () => {
    await program.account('employer');
    const contact = (id: string) => program.upsert('contacts', [{ account: { externalRef: { system: 'salesforce', id: 'employer' } }, externalRef: { system: 'salesforce', id }, name: 'Ann Oslo' }]);
    const former = '003A0000006Vm9u';
    await contact(former);
    // Before references had one form, an erasure remembered them as they were sent.
    await inWork((work) => work.rows(statement('test_suppress', `insert into suppression (tenant_id, key, group_id, suppressed_at) values ($1, erased_key('suppressed:contact:salesforce' || chr(10) || $2), gen_random_uuid(), now())`), [work.tenantId, former]));
    for (const id of [former, `${former}IAC`]) expect((await contact(id)).results).toMatchObject([{ __typename: 'SuppressedError' }]);
  });

  test('a reference that an erasure took is known again by either form', async () => {
    const id = await program.account('001B0000006Vm9u');
    const [erased] = await inWork((work) => work.rows(statement<{ key: string }>('test_key', 'select erased_key($1) as key'), ['001B0000006Vm9u']));
    await program.rows(`update external_ref set external_id = $1 where external_id = '001B0000006Vm9uIAC'`, [erased?.key]);
    // Keys of the erased are looked for only where the tenant has a receipt; the erasure leaves both in one transaction.
    await program.rows(`insert into erasure_receipt (tenant_id, id, statement, signature, public_key, key_id, completed_at, actor_kind, actor_id) values ($1, gen_random_uuid(), '{}', '', '', '', now(), 'user', 'test')`, [program.tenant]);
    for (const form of ['001B0000006Vm9u', '001B0000006Vm9uIAC']) expect(await program.account(form)).toBe(id);
  });

  test('a person whom an earlier version knew by another spelling keeps their key', async () => {
    const former = '003B0000006Vm9u';
    const lookup = program.seal.lookup(program.tenant, { system: 'salesforce', id: former });
    const { wrapped } = program.seal.newKey();
    await program.rows('insert into subject_key (tenant_id, subject_id, lookup, wrapped_key, created_at) values ($1, $2, $3, $4, now())', [program.tenant, '00000000-0000-4000-8000-000000000001', lookup, wrapped]);
    await program.upsert('contacts', [{ account: { externalRef: { system: 'salesforce', id: 'employer' } }, externalRef: { system: 'salesforce', id: former }, name: 'Bo Lund' }]);
    expect(await program.rows(`select c.subject_id from contact c join external_ref r on r.node_id = c.id where r.external_id = '003B0000006Vm9uIAC'`)).toEqual([{ subject_id: '00000000-0000-4000-8000-000000000001' }]);
  });
});
