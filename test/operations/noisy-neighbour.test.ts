import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAccount } from '../harness/accounts.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { attacks, LoadClient } from './load-client.ts';

const rounds = 5;
const reads = 30;
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
const read = async (): Promise<readonly number[]> => (await neighbour.ask({ do: 'measure', count: reads })).milliseconds ?? [];

describe.each(['http', 'socket'] as const)('while one viewer attacks by %s at full rate', (transport) => {
  test.each(attacks)('with %s, a small read of another tenant takes at most three times what it takes at rest', async (attack) => {
    // At rest and under attack in turns, so that what else the machine does falls on both alike.
    const atRest: number[] = [];
    const attacked: number[] = [];
    const seen: Record<string, number> = {};
    // On a busy machine an attack may end before its first answer: it goes on until there is one.
    for (let round = 0; round < rounds || (Object.keys(seen).length === 0 && round < 4 * rounds); round += 1) {
      atRest.push(...(await read()));
      await attacker.ask({ do: 'attack', attack, transport, connections });
      attacked.push(...(await read()));
      const { answers } = await attacker.ask({ do: 'rest' });
      for (const [answer, count] of Object.entries(answers ?? {})) seen[answer] = (seen[answer] ?? 0) + count;
    }
    expect(Object.keys(seen), 'the attacker is served, too').not.toEqual([]);
    expect(median(attacked) / median(atRest), `p50 ${median(atRest).toFixed(1)} ms at rest, ${median(attacked).toFixed(1)} ms under attack; the attacker got ${JSON.stringify(seen)}`).toBeLessThanOrEqual(3);
  });
});
