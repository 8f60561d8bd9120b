import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program?.close());

test('of two summaries of one week the later one is shown, whichever arrived first, by the field and in the document', async () => {
  const summaries = [
    { ref: 'w-1', status: 'At Risk', risks: ['Budget'], occurredAt: '2026-11-20T09:00:00.000Z' },
    { ref: 'w-2', status: 'On Track', highlights: ['Demo'], occurredAt: '2026-11-19T09:00:00.000Z' },
  ];
  const shown: unknown[] = [];
  for (const [name, order] of [['in order', summaries], ['reversed', summaries.toReversed()]] as const) {
    const id = await program.account(name);
    for (const { ref, ...summary } of order) await program.upsert('weeklySummaries', [{ account: { id }, externalRef: { system: 'notion', id: `${name} ${ref}` }, weekOf: '2026-11-16', ...summary }]);
    shown.push(await program.see('query($id: ID!) { account(id: $id) { weeklySummary { status } context { document } } }', { id }));
  }
  for (const each of shown) expect(each).toMatchObject({ account: { weeklySummary: { status: 'At Risk' }, context: { document: { notion: { weekly_summary: { status: 'At Risk', risks: ['Budget'], highlights: [] } } } } } });
});
