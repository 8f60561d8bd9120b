import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { isDay } from '../../../platform/graphql/scalars.ts';
import { signalOf, type Change } from '../change-signals.ts';
import type { Reading } from '../reading.ts';
import { readInstant, shortened } from '../vendor-values.ts';
import { changedAt, changeTimes, flag, recordId, ref, text } from './fields.ts';
import { parseRecord } from './parse-record.ts';
import { deletion } from './people.ts';

const activity = z.looseObject({
  Id: recordId, AccountId: recordId.nullish(), Subject: text, Type: text, TaskSubtype: text, Status: text, IsClosed: flag, ActivityDate: text, ActivityDateTime: text, StartDateTime: text, CompletedDateTime: text, IsDeleted: flag, ...changeTimes,
});
type Activity = z.output<typeof activity>;

/** A task that was completed, or an event that took place: something that was done with the customer. What is planned is not. */
export function readActivity(kind: 'Task' | 'Event', fields: unknown): Partial<Reading> {
  const record = parseRecord(activity, kind, fields);
  const { occurredAt: changed, field } = changedAt(record);
  if (record.IsDeleted === true) return { deletions: [deletion('Activity', record.Id, changed)] };
  const { Id, AccountId, Subject } = record;
  if (!AccountId) return { ignored: [{ reason: 'NO_ACCOUNT', message: `The ${kind.toLowerCase()} ${Id} belongs to no account in Salesforce.`, path: [] }] };
  if (changed === null) throw new InvalidInput('SystemModstamp must say when the record was changed.', ['SystemModstamp']);
  const occurredAt = kind === 'Event' ? startOf(record) : completedAt(record, changed);
  if (occurredAt === null || occurredAt > changed) return { ignored: [{ reason: 'NOT_YET', message: `The ${kind.toLowerCase()} ${Id} is planned. Send it again when it was ${kind === 'Event' ? 'held' : 'completed'}.`, path: [] }] };
  const type = record.Type?.trim() || record.TaskSubtype?.trim() || (kind === 'Event' ? 'Meeting' : 'Task');
  const input = { account: { externalRef: ref(AccountId) }, externalRef: ref(Id), type, subject: Subject?.trim() ? shortened(Subject, 500) : type, mode: 'PATCH' as const, source: 'salesforce', occurredAt, modifiedAt: changed };
  const change = changeOf(kind, type);
  const signals = change === null ? [] : [{ statement: signalOf(change, { account: { externalRef: ref(AccountId) }, event: `${kind.toLowerCase()}/${Id.slice(0, 15)}/${AccountId.slice(0, 15)}/${occurredAt}`, occurredAt, payload: { id: Id.slice(0, 15) } }), path: [] }];
  return { records: [{ plural: 'activities', input, path: [], names: { 'account.externalRef.id': 'AccountId', 'externalRef.id': 'Id', type: 'Type', subject: 'Subject', modifiedAt: field } }], signals };
}

function startOf({ StartDateTime, ActivityDateTime, ActivityDate }: Activity): string | null {
  return readInstant(StartDateTime, ['StartDateTime']) ?? readInstant(ActivityDateTime, ['ActivityDateTime']) ?? dayOf(ActivityDate);
}

/** When a task was completed; null where it is open. */
function completedAt({ IsClosed, Status, CompletedDateTime, ActivityDate }: Activity, changed: string): string | null {
  if (IsClosed !== true && Status !== 'Completed') return null;
  const due = dayOf(ActivityDate);
  return readInstant(CompletedDateTime, ['CompletedDateTime']) ?? (due !== null && due <= changed ? due : changed);
}

function dayOf(day: string | null | undefined): string | null {
  if (day === undefined || day === null) return null;
  if (!isDay(day)) throw new InvalidInput('ActivityDate must be a day such as 2026-11-21.', ['ActivityDate']);
  return `${day}T00:00:00.000Z`;
}

function changeOf(kind: 'Task' | 'Event', type: string): Change | null {
  if (kind === 'Event' || /^meeting$/i.test(type)) return 'salesforceMeetingHeld';
  return /^call$/i.test(type) ? 'salesforceCallMade' : null;
}
