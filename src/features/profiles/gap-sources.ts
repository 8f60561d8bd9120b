import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import type { SourceItem } from './source-items.ts';
import type { WantedField } from './template-value.ts';

/** Where the profile has gaps, for a source that may know what is missing. */
export interface GapContext {
  readonly caller: Caller;
  readonly accountId: Id<'Account'>;
  readonly seal: Seal;
  /** Opens a transaction of the source's own; none is open when it is asked. */
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
}

/** What a source knows of a field. It is checked like every other value before it is taken. */
export interface GapValue {
  readonly value: unknown;
  /** 0..1. */
  readonly confidence: number;
  /** What it was derived from, for its lineage. */
  readonly sourceItems?: readonly SourceItem[];
  readonly sourceMetadata?: Readonly<Record<string, unknown>>;
  /** When it was true; now when absent. RFC 3339. */
  readonly occurredAt?: string;
}

/** A source that is asked for missing fields after the profile itself and before documents are read. */
export interface GapSource {
  /** What the filled field's source is then. */
  readonly kind: 'SESSION' | 'CRM';
  /** Once for all fields that are still missing; answers by name what it knows. */
  find(context: GapContext, wanted: readonly WantedField[]): Promise<ReadonlyMap<string, GapValue>>;
}

const declared: GapSource[] = [];

/** Declares one more source, asked after those before it. For modules, at their loading. Answers how to take it back. */
export function declareGapSource(source: GapSource): () => void {
  declared.push(source);
  return () => void declared.splice(declared.indexOf(source), 1);
}

/** The declared sources, in order. */
export function gapSources(): readonly GapSource[] {
  return declared;
}
