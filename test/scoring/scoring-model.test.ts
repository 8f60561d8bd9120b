import { describe, expect, test } from 'vitest';
import { defaultScoringModelParameters, scoringModelParameters } from '../../src/features/scoring/scoring-model.ts';

const standard = defaultScoringModelParameters();
const meeting = { type: 'meeting', weight: 30, halfLifeHours: 168 };
const withTypes = (...signalTypes: unknown[]) => ({ ...standard, signalTypes });
const withIcp = (icp: object) => ({ ...standard, icp: { ...standard.icp, ...icp } });

function complaints(input: unknown): string[] {
  const result = scoringModelParameters.safeParse(input);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('the parameters of a scoring model', () => {
  test('the default is valid, survives JSON, and takes its threshold from the configuration', () => {
    expect(scoringModelParameters.parse(JSON.parse(JSON.stringify(standard)))).toEqual(standard);
    expect(standard.highIntentThreshold).toBe(75);
    expect(defaultScoringModelParameters(60).highIntentThreshold).toBe(60);
  });

  test.each([
    [withTypes(), 'signalTypes: signalTypes must name at least one type'],
    [withTypes(meeting, meeting), 'signalTypes.1.type: type "meeting" is listed more than once'],
    [withTypes({ ...meeting, type: 'Meeting!' }), 'signalTypes.0.type: type must be lower-case snake_case, begin with a letter and have at most 64 characters'],
    [withTypes({ ...meeting, weight: -1e7 }), 'signalTypes.0.weight: weight must be at least -1000000'],
    [withTypes({ ...meeting, cap: 0 }), 'signalTypes.0.cap: cap must be more than 0'],
    [withTypes({ ...meeting, cap: 100 }), 'signalTypes.0.cap: cap must be at most 99.9; leave it out for no cap'],
    [withIcp({ unknownMismatchShare: 1.1 }), 'icp.unknownMismatchShare: unknownMismatchShare must be at most 1'],
    [withTypes({ ...meeting, weight: Number.NaN }), 'signalTypes.0.weight: weight must be a finite number'],
    [withTypes({ ...meeting, weight: '30' }), 'signalTypes.0.weight: weight must be a finite number'],
    [withTypes({ ...meeting, weight: 1e7 }), 'signalTypes.0.weight: weight must be at most 1000000'],
    [withTypes({ ...meeting, halfLifeHours: 0 }), 'signalTypes.0.halfLifeHours: halfLifeHours must be at least 0.01 (36 seconds)'],
    [withTypes({ ...meeting, halfLifeHours: Number.POSITIVE_INFINITY }), 'signalTypes.0.halfLifeHours: halfLifeHours must be a finite number'],
    [withTypes({ ...meeting, colour: 'red' }), 'signalTypes.0: Unrecognized key: "colour"'],
    [{ ...standard, saturation: 0 }, 'saturation: saturation must be at least 0.001'],
    [{ ...standard, highIntentThreshold: 101 }, 'highIntentThreshold: highIntentThreshold must be at most 100'],
    [{ ...standard, highIntentThreshold: undefined }, 'highIntentThreshold: highIntentThreshold must be a finite number'],
    [{ ...standard, mediumShare: 1.5 }, 'mediumShare: mediumShare must be at most 1'],
    [{ ...standard, decay: 'linear' }, ': Unrecognized key: "decay"'],
    [withIcp({ mismatchFactor: 0 }), 'icp.mismatchFactor: mismatchFactor must be more than 0'],
    [withIcp({ minEmployees: 1.5 }), 'icp.minEmployees: minEmployees must be a whole number or null'],
    [withIcp({ industries: [' '] }), 'icp.industries.0: industries must not hold an empty name'],
    [withIcp({ regions: 'EMEA' }), 'icp.regions: regions must be a list of names; an empty list states no wish'],
    [{ ...standard, trend: { windowHours: 0, tolerancePoints: 5 } }, 'trend.windowHours: windowHours must be more than 0'],
  ])('case %#: %2$s', (input, complaint) => {
    expect(complaints(input)).toEqual([complaint]);
  });

  test('versions of before have no caps, and count what is not known as a fit', () => {
    const { unknownMismatchShare: _, ...icp } = standard.icp;
    const before = { ...standard, icp, signalTypes: [{ type: 'meeting', weight: 30, halfLifeHours: 168 }] };
    expect(scoringModelParameters.parse(before)).toEqual({ ...before, icp: { ...icp, unknownMismatchShare: 0 }, signalTypes: [{ ...meeting, cap: null }] });
  });
});
