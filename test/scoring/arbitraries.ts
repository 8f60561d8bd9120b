import * as fc from 'fast-check';
import type { ScoredSignal } from '../../src/features/scoring/intent-score.ts';
import { defaultScoringModelParameters, type ScoringModel, type ScoringModelParameters } from '../../src/features/scoring/scoring-model.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
/** The instant around which the tests' signals lie. */
export const noon = Date.parse('2026-03-01T12:00:00Z');

/** Type names of the tests' models; the last ones are also names of Object.prototype. */
const knownTypes = ['stage_change', 'meeting', 'note', 'constructor', '__proto__'];

type SignalType = ScoringModelParameters['signalTypes'][number];
/** Parameters of a model; a type's cap may be left out. */
type Given = Partial<Omit<ScoringModel, 'signalTypes'>> & { readonly signalTypes?: readonly (Omit<SignalType, 'cap'> & Partial<Pick<SignalType, 'cap'>>)[] };

/** The default model with some of its parameters replaced. */
export function modelWith({ signalTypes, ...parameters }: Given = {}): ScoringModel {
  const standard = defaultScoringModelParameters();
  return { version: 1, ...standard, ...parameters, signalTypes: signalTypes?.map((each) => ({ cap: null, ...each })) ?? standard.signalTypes };
}

const anyWeight = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true }));
const anyCap = fc.option(fc.double({ min: 0.5, max: 99, noNaN: true }), { nil: null });

const models = (weight: fc.Arbitrary<number>): fc.Arbitrary<ScoringModel> => fc
  .record({
    signalTypes: fc.uniqueArray(
      fc.record({
        type: fc.constantFrom(...knownTypes),
        weight,
        halfLifeHours: fc.oneof(
          fc.double({ min: 0.01, max: 2, noNaN: true }),
          fc.double({ min: 2, max: 2_000, noNaN: true }),
          fc.double({ min: 2_000, max: 87_600, noNaN: true }),
        ),
        cap: anyCap,
      }),
      { selector: ({ type }) => type, minLength: 1 },
    ),
    saturation: fc.double({ min: 1, max: 500, noNaN: true }),
    highIntentThreshold: fc.double({ min: 1, max: 99, noNaN: true }),
  })
  .map(modelWith);

/** Any model without negative types, caps included: half-lives from seconds to ten years. */
export const anyRaisingModel = models(anyWeight);
/** Any model, negative types and caps included. */
export const anyModel = models(fc.oneof(anyWeight, fc.double({ min: -100, max: -0.01, noNaN: true })));

/** A signal up to 60 days before noon, of a known or an unknown type, learned of up to 10 days late or 5 minutes early. */
export const anySignal: fc.Arbitrary<ScoredSignal> = fc
  .record({
    type: fc.constantFrom(...knownTypes, 'unheard_of'),
    age: fc.integer({ min: 0, max: 60 * day }),
    delay: fc.integer({ min: -5 * 60_000, max: 10 * day }),
  })
  .map(({ type, age, delay }) => ({ type, occurredAt: noon - age, recordedAt: noon - age + delay }));

export const anySignals = fc.array(anySignal, { maxLength: 40 });
export const anyFit = fc.constantFrom(1, 0.7, 0.49, 0.343);
/** An instant from noon to a year later. */
export const anyLaterInstant = fc.integer({ min: noon, max: noon + 365 * day });
