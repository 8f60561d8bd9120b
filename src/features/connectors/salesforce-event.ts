import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import type { SignalStatement } from '../signals/index.ts';

const opportunityEvent = z.looseObject({
  AccountId: z.string().min(1).max(255),
  // Together with an instant of 24 characters they must fit into an event id of 255: Salesforce's own limits are far below.
  Id: z.string().min(1).max(64),
  StageName: z.string().min(1).max(160),
  LastModifiedDate: z.string().optional(),
  SystemModstamp: z.string().optional(),
});

/** Salesforce writes offsets without a colon: `2026-11-21T09:30:00.000+0000`. */
function instantOf(text: string | undefined, field: string): string | null {
  if (text === undefined) return null;
  const read = parseInstant(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (read === null) throw new InvalidInput(`${field} must be an instant such as 2026-11-21T09:30:00.000Z.`, [field]);
  return read;
}

/**
 * An opportunity that changed, as a signal. Salesforce gives its events no id: the record, its stage, and the time of
 * the change where that is sent, stand for one. Without a time, one record that enters one stage twice is one signal.
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
    sourceEventId: [Id, StageName, ...(changedAt ? [changedAt] : [])].join(':'),
    ...(changedAt ? { occurredAt: changedAt } : {}),
    payload: read.data,
  };
}
