import { InvalidInput, ProductError } from '../../platform/errors.ts';
import { isDay, parseInstant } from '../../platform/graphql/scalars.ts';
import { fractionDigits, isCurrency } from '../../platform/iso-4217.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { checkSelector } from '../accounts/index.ts';
import type { HistoryRow, OutcomeRow } from './import-history.ts';

/** How an account is named in an import: by its id, or by what another system calls it. */
export interface NamedAccount {
  readonly id?: string | null | undefined;
  readonly system?: string | null | undefined;
  readonly externalId?: string | null | undefined;
}

/** A closed deal as it is stated; nothing is checked. */
export interface StatedOutcome {
  readonly account: NamedAccount;
  readonly externalId: string | null;
  readonly result: string | null;
  readonly closedAt: string | null;
  /** In minor units. */
  readonly amountMinor: number | null;
  readonly currency: string | null;
}

/** A signal of before as it is stated; nothing is checked. */
export interface StatedSignal {
  readonly account: NamedAccount;
  readonly type: string | null;
  readonly occurredAt: string | null;
  readonly eventId: string | null;
}

const longestId = 200;

/** Checks a deal. Throws `InvalidInput` for what cannot be taken. */
export function checkOutcome({ account, externalId, result, closedAt, amountMinor, currency }: StatedOutcome, now: string, path: readonly string[]): OutcomeRow {
  const kind = result?.trim().toUpperCase();
  if (kind !== 'WON' && kind !== 'LOST') throw new InvalidInput('result must be WON or LOST.', [...path, 'result']);
  if ((amountMinor === null) !== (currency === null)) throw new InvalidInput('State amount and currency together, or neither.', [...path, 'amount']);
  if (amountMinor !== null && !(Number.isSafeInteger(amountMinor) && amountMinor >= 0)) throw new InvalidInput('amount must be 0 or more, with no more digits behind the point than its currency has.', [...path, 'amount']);
  if (currency !== null && !isCurrency(currency)) throw new InvalidInput('currency must be an ISO 4217 code such as USD.', [...path, 'currency']);
  return { account: accountOf(account, path), externalId: idOf(externalId, [...path, 'externalId']), result: kind, closedAt: pastInstant(closedAt, now, [...path, 'closedAt']), amountMinor, currency };
}

/** Checks a signal. Throws `InvalidInput` for what cannot be taken. */
export function checkHistorySignal({ account, type, occurredAt, eventId }: StatedSignal, now: string, path: readonly string[]): HistoryRow {
  const name = type?.trim() ?? '';
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new InvalidInput('type must be lower-case snake_case, begin with a letter and have at most 64 characters.', [...path, 'type']);
  return { account: accountOf(account, path), type: name, occurredAt: pastInstant(occurredAt, now, [...path, 'occurredAt']), eventId: eventId === null ? null : idOf(eventId, [...path, 'eventId']) };
}

function accountOf({ id, system, externalId }: NamedAccount, path: readonly string[]): OutcomeRow['account'] {
  const externalRef = system || externalId ? { system: system ?? '', id: externalId ?? '' } : null;
  return checkSelector({ id: id || null, externalRef }, [...path, 'account']);
}

function idOf(text: string | null, path: readonly string[]): string {
  const id = text?.trim() ?? '';
  const name = path.at(-1) ?? 'id';
  if (id === '') throw new InvalidInput(`${name} must not be empty.`, path);
  if (id.length > longestId) throw new InvalidInput(`${name} must have at most ${longestId} characters.`, path);
  checkStorable(id, path);
  return id;
}

/** An instant, or a day, which stands for its first instant in UTC. */
function pastInstant(text: string | null, now: string, path: readonly string[]): string {
  const name = path.at(-1) ?? 'instant';
  const given = text?.trim() ?? '';
  if (given === '') throw new InvalidInput(`${name} is missing.`, path);
  const instant = isDay(given) ? `${given}T00:00:00.000Z` : parseInstant(given);
  if (instant === null) throw new InvalidInput(`${name} must be written like 2026-11-21T09:30:00Z or 2026-11-21.`, path);
  if (instant > now) throw new InvalidInput(`${name} lies in the future.`, path);
  if (instant < '1970') throw new InvalidInput(`${name} must not lie before 1970.`, path);
  return instant;
}

/** An amount in major units, as a text, in minor units; NaN where it is no such amount. */
export function minorUnits(amount: string, currency: string | null): number {
  const found = /^(\d{1,15})(?:\.(\d{1,4}))?$/.exec(amount.trim());
  const digits = fractionDigits(currency ?? '');
  const fraction = (found?.[2] ?? '').replace(/0+$/, '');
  return found && fraction.length <= digits ? Number(`${found[1] ?? ''}${fraction.padEnd(digits, '0')}`) : Number.NaN;
}

/** What a check answers, or the refusal that it throws. */
export function checkedOr<Row>(check: () => Row): Row | ProductError {
  try {
    return check();
  } catch (error) {
    if (error instanceof ProductError) return error;
    throw error;
  }
}
