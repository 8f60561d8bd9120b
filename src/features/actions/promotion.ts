import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { scoringModelParameters, type ScoringModelParameters } from '../scoring/index.ts';
import { PromotionKind } from './enums.ts';

/** What a promotion publishes and what it replaces, as it is frozen with its evidence: ids and figures, no personal data. */
export const promotionForm = z.strictObject({
  kind: z.enum(PromotionKind),
  /** The pinned run that is the ground. Null for a roll-back. */
  run: z.strictObject({ id: z.uuid(), experimentId: z.uuid(), digest: z.string() }).nullable(),
  /** The version whose parameters a roll-back restores; null for a run. */
  restoredVersion: z.int().nullable(),
  /** What is published. */
  parameters: scoringModelParameters,
  /** The model that is replaced: the one in force. */
  production: z.strictObject({ version: z.int(), parameters: scoringModelParameters }),
});
/** A frozen promotion. */
export type Promotion = z.infer<typeof promotionForm>;

/** The content of a promotion: the experiment's name, which people wrote. Null for a roll-back. */
export type PromotionContent = Readonly<{ experiment: string | null }>;

/** The form of that content. */
export const promotionContentForm: z.ZodType<PromotionContent> = z.strictObject({ experiment: z.string().nullable() });

/** One parameter that differs. Figures as JSON, lists joined by commas; null: not there. */
export interface ParameterChange {
  readonly parameter: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Parameters as paths with a value: `signalTypes.demo_request.weight`, `icp.industries`. */
export function flatParameters({ signalTypes, ...rest }: ScoringModelParameters): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (path: string, value: unknown): void => {
    if (Array.isArray(value)) found.set(path, value.length === 0 ? 'any' : value.join(', '));
    else if (typeof value === 'object' && value !== null) for (const [key, member] of Object.entries(value)) add(path === '' ? key : `${path}.${key}`, member);
    else found.set(path, value === null ? 'none' : canonicalJson(value));
  };
  add('', rest);
  add('signalTypes', Object.fromEntries(signalTypes.map(({ type, ...weights }) => [type, weights])));
  return found;
}

/** Every parameter that two models differ in, by name. */
export function parameterChanges(before: ScoringModelParameters, after: ScoringModelParameters): ParameterChange[] {
  const [old, present] = [flatParameters(before), flatParameters(after)];
  return [...new Set([...old.keys(), ...present.keys()])].toSorted().flatMap((parameter) => {
    const [was, is] = [old.get(parameter) ?? null, present.get(parameter) ?? null];
    return was === is ? [] : [{ parameter, before: was, after: is }];
  });
}

/** Whether two models say the same, whatever the order of their types. */
export function sameParameters(one: ScoringModelParameters, other: ScoringModelParameters): boolean {
  return parameterChanges(one, other).length === 0;
}
