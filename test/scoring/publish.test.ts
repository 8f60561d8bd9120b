import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultScoringModelParameters, publishScoringModel } from '../../src/features/scoring/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program.close());

const inForce = async (): Promise<number> => (await program.see<{ scoringModel: { version: number } }>('{ scoringModel { version } }')).scoringModel.version;
const input = (more: Record<string, unknown> = {}) => ({ signalTypes: [{ type: 'meeting', weight: 10, halfLifeHours: 24 }], ...more });
const mutation = `mutation($input: ScoringModelInput!) { publishScoringModel(input: $input) { __typename
  ... on ScoringModel { version publishedAt highIntentThreshold saturation mediumShare signalTypes { type weight halfLifeHours cap } icp { industries minEmployees regions mismatchFactor unknownMismatchShare } } ... on UserError { code path message } } }`;
const publishBy = async (given: object, role: 'admin' | 'agent' | 'viewer' = 'admin') => (await program.query<{ publishScoringModel: object }, Record<string, unknown>>(mutation, { input: given }, { role })).data?.publishScoringModel;

test('a model is published by administrators, and then in force', async () => {
  const version = await inForce();
  expect(await publishBy(input(), 'agent')).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
  expect(await publishBy(input({ signalTypes: [...input().signalTypes, { type: 'opt_out', weight: -5.5, halfLifeHours: 24, cap: 30 }], icp: { industries: ['Software'] } }))).toMatchObject({
    __typename: 'ScoringModel', version: version + 1, publishedAt: program.clock.now().toISOString(), highIntentThreshold: 75, saturation: 50, mediumShare: 0.6,
    signalTypes: [{ type: 'meeting', weight: 10, halfLifeHours: 24, cap: null }, { type: 'opt_out', weight: -5.5, halfLifeHours: 24, cap: 30 }], icp: { industries: ['Software'], minEmployees: null, regions: [], mismatchFactor: 0.7, unknownMismatchShare: 0.5 },
  });
  expect(await program.see('{ scoringModel { version signalTypes { type } } }')).toEqual({ scoringModel: { version: version + 1, signalTypes: [{ type: 'meeting' }, { type: 'opt_out' }] } });
  expect((await program.facts('scoring_model.published')).at(-1)?.data).toEqual({ version: version + 1 });
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' };
  const publishedAtOnce = await Promise.all(Array.from({ length: 4 }, () => program.database.transact(caller, (work) => publishScoringModel(work, defaultScoringModelParameters(75)))));
  expect(publishedAtOnce.sort((a, b) => a - b)).toEqual([2, 3, 4, 5].map((step) => version + step));
});

test.each([
  [{ signalTypes: [] }, 'signalTypes'],
  [{ signalTypes: [{ type: 'Meeting', weight: 1, halfLifeHours: 1 }] }, 'signalTypes.0.type'],
  [{ signalTypes: [{ type: 'meeting', weight: -1e7, halfLifeHours: 1 }] }, 'signalTypes.0.weight'],
  [{ signalTypes: [{ type: 'meeting', weight: 1, halfLifeHours: 1, cap: 0 }] }, 'signalTypes.0.cap'],
  [{ signalTypes: [{ type: 'meeting', weight: 1, halfLifeHours: 1, cap: 100 }] }, 'signalTypes.0.cap'],
  [{ icp: { unknownMismatchShare: 2 } }, 'icp.unknownMismatchShare'],
  [{ signalTypes: [{ type: 'meeting', weight: 1, halfLifeHours: 0 }] }, 'signalTypes.0.halfLifeHours'],
  [{ signalTypes: ['a', 'a'].map((type) => ({ type, weight: 1, halfLifeHours: 1 })) }, 'signalTypes.1.type'],
  [{ saturation: 0 }, 'saturation'],
  [{ highIntentThreshold: 101 }, 'highIntentThreshold'],
  [{ mediumShare: 1.1 }, 'mediumShare'],
  [{ icp: { mismatchFactor: 0 } }, 'icp.mismatchFactor'],
  [{ icp: { minEmployees: -1 } }, 'icp.minEmployees'],
])('a model with %j is refused, at %s', async (change, path) => {
  expect(await publishBy(input(change))).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', ...path.split('.')] });
});
