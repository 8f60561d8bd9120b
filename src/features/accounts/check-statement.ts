import { InvalidInput } from '../../platform/errors.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { manualSource, type StatementMode } from '../sources/index.ts';
import { decideOrigin, textOfRecord, type OriginClass } from '../trust/index.ts';
import type { ExternalRefInput } from './account-selector.ts';
import type { Written } from './columns.ts';
import { toStated, type StatedKind } from './stated-kind.ts';

/** How much of a node an upsert states. */
export type UpsertMode = Exclude<StatementMode, 'RETIRE'>;

/** How far in the future a statement may lie: clocks differ. Milliseconds. */
const futureTolerance = 5 * 60_000;

/** The fields of an input, checked: as columns for what looks at texts, and as a statement keeps them. */
export interface StatedFields {
  readonly fields: Record<string, unknown>;
  readonly written: Written;
}

/** Checks the fields that an input states. An absent field is not stated; null states that there is no value, which a required field cannot have. */
export function checkFields(kind: StatedKind, input: Readonly<Record<string, unknown>>, { mode, path }: { readonly mode: UpsertMode; readonly path: readonly string[] }): StatedFields {
  const fields: Record<string, unknown> = {};
  const written: Written = {};
  for (const [name, column] of kind.fields) {
    const value = input[name];
    const required = column.required && !column.list;
    if (value === undefined && mode === 'REPLACE' && required) throw new InvalidInput(`${name} is required with mode REPLACE.`, [...path, name]);
    if (value === undefined) continue;
    if (value === null && required) throw new InvalidInput(`${name} must not be null. Leave it out to leave it unchanged.`, [...path, name]);
    const own = column.write(value, [...path, name]);
    Object.assign(written, own);
    fields[name] = toStated(column, own);
  }
  return { fields, written };
}

/** Where a statement comes from and when it was true. */
export interface StatementOrigin {
  readonly source: string;
  readonly occurredAt: string | null;
  readonly modifiedAt: string | null;
  /** Its origin class. */
  readonly origin: OriginClass;
}

interface OriginInput {
  readonly externalRef: ExternalRefInput;
  readonly source?: string | null;
  readonly occurredAt?: string | null;
  readonly modifiedAt?: string | null;
  readonly origin?: OriginClass | null;
}

/** Checks who states and when it was true. The source is the system of the reference unless the input names another. `type`: of the node whose fields the input states; null where it states none. */
export function checkOrigin(work: Pick<Work, 'actor' | 'isUnproven' | 'now'>, type: string | null, input: OriginInput, path: readonly string[]): StatementOrigin {
  const { externalRef, source, occurredAt, modifiedAt } = input;
  for (const [name, instant] of [['occurredAt', occurredAt], ['modifiedAt', modifiedAt]] as const) {
    if (!instant || Date.parse(instant) <= Date.parse(work.now) + futureTolerance) continue;
    throw new InvalidInput(`${name} must not be more than 5 minutes in the future (it is now ${work.now}). Check the sender's clock.`, [...path, name]);
  }
  const origin = decideOrigin(work, { text: type === null ? null : textOfRecord(type, { ...input }), stated: input.origin, path });
  return { source: checkSource(work, source ?? externalRef.system, [...path, 'source']), occurredAt: occurredAt ?? null, modifiedAt: modifiedAt ?? null, origin };
}

/** Checks the name of a source. `manual` is for persons: what a person states wins over every machine. */
export function checkSource({ actor }: Pick<Work, 'actor'>, source: string, path: readonly string[]): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(source)) throw new InvalidInput('source must be lower-case letters, digits, _ or -, at most 64 characters.', path);
  if (source === manualSource && actor.kind === 'machine') throw new InvalidInput('source must not be manual for a machine: only a person states values by hand. Name the system that the value comes from.', path);
  return source;
}
