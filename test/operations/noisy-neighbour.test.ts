import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAccount } from '../harness/accounts.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { attacks, LoadClient } from './load-client.ts';

const rounds = 3;
const reads = 40;
const connections = 4;

let program: TestProgram;
let attacker: LoadClient;
let neighbour: LoadClient;
beforeAll(async () => {
  program = await startTestProgram({ roles: ['api'] });
  for (let account = 0; account < 60; account += 1) await makeAccount(program, `crowded-${account}`);
  await makeAccount(program, 'quiet', program.otherTenant);
  attacker = new LoadClient(program.url, await program.token('viewer'));
  neighbour = new LoadClient(program.url, await program.token('viewer', { tenant: program.otherTenant }));
  // The first reads compile and connect.
  await neighbour.ask({ do: 'measure', count: reads });
});
afterAll(async () => {
  await Promise.all([attacker?.close(), neighbour?.close()]);
  await program?.close();
});

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const p50 = async (): Promise<number> => median((await neighbour.ask({ do: 'measure', count: reads })).milliseconds ?? []);

describe.each(['http', 'socket'] as const)('while one viewer attacks by %s at full rate', (transport) => {
  test.each(attacks)('with %s, a small read of another tenant takes at most three times what it takes at rest', async (attack) => {
    const ratios: number[] = [];
    let served = 0;
    const figures: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const idle = await p50();
      await attacker.ask({ do: 'attack', attack, transport, connections });
      const attacked = await p50();
      const { answers } = await attacker.ask({ do: 'rest' });
      served += Object.values(answers ?? {}).reduce((sum, count) => sum + count, 0);
      ratios.push(attacked / idle);
      figures.push(`${idle.toFixed(1)} -> ${attacked.toFixed(1)} ms ${JSON.stringify(answers)}`);

    }
    expect(served, 'the attacker is served, too').toBeGreaterThan(0);
    expect(median(ratios), figures.join('; ')).toBeLessThanOrEqual(3);
  });
});
