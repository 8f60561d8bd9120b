import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { checkSelector, checkText, type AccountSelector, type SelectedAccount } from '../accounts/index.ts';
import type { StageCatalogue } from '../stages/index.ts';
import { stageSignalType } from './stage-signal.ts';
import type { OriginClass } from '../trust/index.ts';

/** A signal as a caller states it, at any door. */
export interface SignalStatement {
  readonly account: AccountSelector;
  readonly type: string;
  readonly source: string;
  readonly sourceEventId?: string | null;
  /** RFC 3339, already in UTC with milliseconds; the moment of ingestion when absent. */
  readonly occurredAt?: string | null;
  readonly payload?: unknown;
  /** Where it comes from, where the caller says so. */
  readonly origin?: OriginClass | null;
}

/** A signal in its one form. */
export interface NormalSignal {
  readonly account: SelectedAccount;
  readonly type: string;
  readonly source: string;
  readonly sourceEventId: string | null;
  readonly occurredAt: string;
  readonly payload: Record<string, unknown>;
  /** Whether the caller said when it happened. */
  readonly timed: boolean;
}

/** How far in the future a signal may lie: clocks differ. */
export const futureTolerance = 5 * 60_000;
const largestPayload = 64 * 1024;
const deepestPayload = 32;

/** A type in its one form, before it is checked. */
export const normalType = (type: string): string => type.trim().toLowerCase().replaceAll(/[\s.-]+/g, '_');
/** A source in its one form, before it is checked. */
export const normalSource = (source: string): string => source.trim().toLowerCase();

/** Whether a signal is a change of stage, so that the stage catalogue is needed for its type. */
export const isStageChange = ({ type }: SignalStatement): boolean => normalType(type) === 'stage_change';

/** Brings a signal into its one form, or refuses it and says where the fault is. `stages`: the catalogue, for changes of stage. */
export function normaliseSignal(statement: SignalStatement, now: string, path: readonly string[], stages: StageCatalogue | null): NormalSignal {
  const type = normalType(statement.type);
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(type)) throw new InvalidInput('type must begin with a letter and hold letters, digits and _ only, at most 64 characters: stage_change.', [...path, 'type']);
  const source = normalSource(statement.source);
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(source)) throw new InvalidInput('source must be letters, digits, _ or -, at most 64 characters: salesforce.', [...path, 'source']);
  const account = checkSelector(statement.account, [...path, 'account']);
  const payload = checkPayload(statement.payload ?? {}, [...path, 'payload']);
  return {
    account,
    type: type === 'stage_change' && stages ? stageSignalType(payload, stages) : type,
    source,
    sourceEventId: eventId(statement.sourceEventId, [...path, 'sourceEventId']),
    occurredAt: checkOccurredAt(statement.occurredAt ?? now, now, [...path, 'occurredAt']),
    payload,
    timed: Boolean(statement.occurredAt),
  };
}

/**
 * What makes two signals one: the source's own event id, or a hash of the normalised content where it gives none. The
 * content names the account that the signal was delivered for, so that merges change nothing about duplicates. An instant
 * that the caller did not state is no part of it: the same report sent again within `repeatWindow` is one signal.
 */
export function dedupeKey(signal: NormalSignal, deliveredId: string): string {
  if (signal.sourceEventId !== null) return `id:${signal.source}:${signal.sourceEventId}`;
  const content = canonicalJson([deliveredId, signal.type, signal.source, signal.timed ? signal.occurredAt : null, signal.payload]);
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function eventId(given: string | null | undefined, path: readonly string[]): string | null {
  if (given === null || given === undefined) return null;
  const text = checkText(given, path, 255);
  if (text.trim() === '') throw new InvalidInput('sourceEventId must not be empty; leave it out when the source gives none.', path);
  return text;
}

function checkOccurredAt(occurredAt: string, now: string, path: readonly string[]): string {
  if (Date.parse(occurredAt) > Date.parse(now) + futureTolerance) {
    throw new InvalidInput(`occurredAt lies more than 5 minutes in the future (it is now ${now}). Check the sender's clock.`, path);
  }
  if (occurredAt < '1970') throw new InvalidInput('occurredAt lies before 1970. Check the sender\'s clock.', path);
  return occurredAt;
}

function checkPayload(payload: unknown, path: readonly string[]): Record<string, unknown> {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) throw new InvalidInput('payload must be a JSON object.', path);
  checkJson(payload, path, 0);
  if (Buffer.byteLength(JSON.stringify(payload)) > largestPayload) throw new InvalidInput('payload is larger than 64 KiB. Send a reference to the document instead.', path);
  return payload as Record<string, unknown>;
}

/** PostgreSQL's jsonb holds no NUL, no half surrogate pair and no NaN; what it would refuse is refused here, with its place. */
function checkJson(value: unknown, path: readonly string[], depth: number): void {
  if (depth > deepestPayload) throw new InvalidInput(`payload is nested deeper than ${deepestPayload} levels.`, path.slice(0, 4));
  if (typeof value === 'string') checkText(value, path, largestPayload);
  else if (typeof value === 'number' && !Number.isFinite(value)) throw new InvalidInput('payload holds a number that is not finite.', path);
  else if (Array.isArray(value)) for (const [index, member] of value.entries()) checkJson(member, [...path, String(index)], depth + 1);
  else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      checkText(key, [...path, 'a key'], 500);
      checkJson(member, [...path, key], depth + 1);
    }
  }
}
