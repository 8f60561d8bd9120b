import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import type { SignalStatement } from '../signals/index.ts';

const opportunityEvent = z.looseObject({
  AccountId: z.string().min(1).max(255),
  Id: z.string().min(1).max(64),
  StageName: z.string().min(1).max(160),
  LastModifiedDate: z.string().nullish(),
  SystemModstamp: z.string().nullish(),
});

/** Salesforce writes offsets without a colon: `2026-11-21T09:30:00.000+0000`. */
function instantOf(text: string | null | undefined, field: string): string | null {
  if (text === undefined || text === null) return null;
  const read = parseInstant(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (read === null) throw new InvalidInput(`${field} must be an instant such as 2026-11-21T09:30:00.000Z.`, [field]);
  return read;
}

/** Joined so that different parts never make the same id, and one that is too long for an event id is its digest. */
function eventId(parts: readonly string[]): string {
  const joined = parts.map((part) => part.replaceAll(/[%:]/g, encodeURIComponent)).join(':');
  return joined.length <= 255 ? joined : createHash('sha256').update(joined).digest('hex');
}

/**
 * An opportunity that changed, as a signal. Salesforce gives its events no id: the account, the record, its stage, and
 * the time of the change where that is sent, stand for one. Without a time, a record that enters a stage twice is one signal.
 * A change to a lost or won stage becomes `opportunity_lost` or `opportunity_won` when the signal is normalised.
 */
export function salesforceSignal(body: unknown): SignalStatement {
  const read = opportunityEvent.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.map(String) ?? [];
    throw new InvalidInput(`The body must be an object with the texts AccountId, Id and StageName${field.length > 0 ? `; look at ${field.join('.')}` : ''}.`, field);
  }
  const { AccountId, Id, StageName, SystemModstamp, LastModifiedDate } = read.data;
  const changedAt = instantOf(SystemModstamp, 'SystemModstamp') ?? instantOf(LastModifiedDate, 'LastModifiedDate');
  return {
    account: { externalRef: { system: 'salesforce', id: AccountId } },
    type: 'stage_change',
    source: 'salesforce',
    sourceEventId: eventId([AccountId, Id, StageName, ...(changedAt ? [changedAt] : [])]),
    ...(changedAt ? { occurredAt: changedAt } : {}),
    payload: read.data,
  };
}
