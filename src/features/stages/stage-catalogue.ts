import { z } from 'zod';
import { checkStorable } from '../../platform/storable-text.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { stageKey } from './stage-key.ts';

/** What a stage of a deal can mean. */
export const stageKinds = ['OPEN', 'WON', 'LOST'] as const;
/** What a stage of a deal means. */
export type StageMeaning = (typeof stageKinds)[number];

/** A stage as a catalogue names it. */
export interface CatalogueStage {
  readonly name: string;
  readonly kind: StageMeaning;
}

/** A tenant's stages in their order. A version never changes. */
export interface StageCatalogue {
  /** 0: the program's defaults. */
  readonly version: number;
  readonly stages: readonly CatalogueStage[];
  /** Null: the program's defaults. */
  readonly publishedAt: string | null;
}

/** The most stages that a catalogue may have. */
export const mostStages = 500;
const longestName = 160;

/** The stages as a catalogue's row stores them. */
export const storedStages = z.array(z.strictObject({ name: z.string(), kind: z.enum(stageKinds) }));

/** Refuses a catalogue that names a stage twice, or one that cannot be stored. */
export function checkStages(stages: readonly CatalogueStage[]): CatalogueStage[] {
  if (stages.length === 0) throw new InvalidInput('stages must not be empty.', ['input', 'stages']);
  if (stages.length > mostStages) throw new InvalidInput(`stages may have at most ${mostStages} entries; it has ${stages.length}.`, ['input', 'stages']);
  const seen = new Set<string>();
  return stages.map(({ name, kind }, index) => {
    const path = ['input', 'stages', String(index), 'name'];
    checkStorable(name, path);
    const key = stageKey(name);
    if (key === '') throw new InvalidInput('name must not be empty.', path);
    if (name.length > longestName) throw new InvalidInput(`name must have at most ${longestName} characters.`, path);
    if (seen.has(key)) throw new InvalidInput(`The stage "${name}" is listed twice; names are compared without case and blanks.`, path);
    seen.add(key);
    return { name: name.trim(), kind };
  });
}

/** A stage's place in a catalogue, and what it means. */
export interface NamedStage {
  readonly kind: StageMeaning;
  /** Counted from 0. */
  readonly position: number;
}

const byKey = new WeakMap<StageCatalogue, ReadonlyMap<string, NamedStage>>();

/** What a catalogue says of a stage; null where it does not name the stage. */
export function namedStage(catalogue: StageCatalogue, stage: string): NamedStage | null {
  let named = byKey.get(catalogue);
  if (!named) byKey.set(catalogue, (named = new Map(catalogue.stages.map(({ name, kind }, position) => [stageKey(name), { kind, position }]))));
  return named.get(stageKey(stage)) ?? null;
}
