import type { SignalStatement } from '../signals/index.ts';

/** A change at a vendor that is a signal. */
interface ChangeSignal {
  readonly source: string;
  /** What changed, as docs/connectors.md says it. */
  readonly change: string;
  /** The type of the signal. */
  readonly type: string;
}

/**
 * Which change of which vendor is which signal, in one place. A change that is not here is no signal: words of a thread,
 * such as a competitor's name, are evidence and move no score. Stages of deals become signals by the stage catalogue
 * (`features/crm`). Types that the scoring model does not list count for nothing.
 */
export const changeSignals = {
  jiraBlockerOpened: { source: 'jira', change: 'an issue is created with a blocker label, or gets one', type: 'blocker_opened' },
  jiraTicketOpened: { source: 'jira', change: 'an issue is created without a blocker label', type: 'support_ticket' },
  jiraTicketResolved: { source: 'jira', change: 'an issue gets a resolution, or a status of the category done', type: 'ticket_resolved' },
  jiraTicketReopened: { source: 'jira', change: 'an issue loses its resolution', type: 'ticket_reopened' },
  salesforceMeetingHeld: { source: 'salesforce', change: 'an event has begun, or a task of the type Meeting is completed', type: 'meeting' },
  salesforceCallMade: { source: 'salesforce', change: 'a task of the type Call is completed', type: 'call' },
  salesforceContactCreated: { source: 'salesforce', change: 'a contact of an account is created (its CreatedDate is sent)', type: 'contact_created' },
} as const satisfies Readonly<Record<string, ChangeSignal>>;

/** A change by its name in the table. */
export type Change = keyof typeof changeSignals;

/** What a signal says beside its type and source. */
export interface ChangeDetails {
  readonly account: SignalStatement['account'];
  /** What makes it one, within its vendor: it must follow from what the vendor signed. */
  readonly event: string;
  readonly occurredAt: string;
  /** Data, not text: what people wrote is not in signals. */
  readonly payload: Readonly<Record<string, string | number | boolean | null>>;
}

/** The signal of a change. */
export function signalOf(change: Change, { account, event, occurredAt, payload }: ChangeDetails): SignalStatement {
  const { source, type } = changeSignals[change];
  return { account, type, source, sourceEventId: `${event}/${type}`, occurredAt, payload: { ...payload } };
}
