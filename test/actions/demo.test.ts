import { expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { startTestProgram, until } from '../harness/program.ts';

test('the demo has actions that wait, one of them by intent; loading it again adds none', async () => {
  const program = await startTestProgram();
  try {
    const options = { ...program, highIntentThreshold: 75 };
    const [demo] = await loadDemo(options);
    const token = await program.token('approver', { tenant: demo?.id ?? '' });
    const query = '{ actions(filter: { statuses: [PENDING] }) { edges { node { account { name } riskLevel proposedBy { id } draft { to generatedBy } } } } }';
    interface Shown { readonly proposedBy: { readonly id: string }; readonly riskLevel: string; readonly draft: { readonly to: string; readonly generatedBy: string } }
    const waiting = async (): Promise<Shown[]> => (await program.query<{ actions: { edges: { node: Shown }[] } }, never>(query, undefined, { token })).data?.actions.edges.map(({ node }) => node) ?? [];
    const found = await until('Acme\'s intent has led to an action', async () => {
      const all = await waiting();
      return all.some(({ proposedBy }) => proposedBy.id === 'orchestration') && all;
    });
    expect(found.filter(({ proposedBy }) => proposedBy.id === 'demo').map(({ riskLevel }) => riskLevel).toSorted()).toEqual(['HIGH', 'MEDIUM']);
    expect(found.find(({ proposedBy }) => proposedBy.id === 'orchestration')).toMatchObject({ draft: { to: 'jane.martinez@acme.example', generatedBy: 'TEMPLATE' } });
    await loadDemo(options);
    expect(await waiting()).toHaveLength(found.length);
  } finally {
    await program.close();
  }
});
