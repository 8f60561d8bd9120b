import { majorUnits } from '../../platform/iso-4217.ts';
import type { ContextRecords } from './context-records.ts';
import type { DocumentView } from './document-view.ts';

/** How long a context is cached, in seconds. */
export const contextSeconds = 300;
/** Done tickets stay in the document for so many days after they were resolved. */
const doneTicketDays = 30;
const dayInMilliseconds = 86_400_000;

/** What is derived, in the words of the document. */
export interface DocumentDerived {
  readonly deal_health: string;
  readonly days_since_last_contact: number | null;
  readonly has_active_blocker: boolean;
  readonly primary_blocker: string | null;
  readonly se_assigned: string | null;
  readonly se_available_now: boolean | null;
  /** The one mentioned last. */
  readonly competitive_threat: string | null;
  readonly competitive_threats: readonly string[];
}

/** For when and whom a document is made. */
export interface DocumentOrder {
  /** The instant that it is about. RFC 3339. */
  readonly at: string;
  readonly view: DocumentView;
  readonly derived: DocumentDerived;
  readonly blockerCount: number;
  /** The key of the opportunity that the context is about; null where none is. */
  readonly opportunityId: string | null;
}

/** An instant without milliseconds where they are zero: `2024-12-10T14:32:15Z`. */
const instant = (value: string): string => value.replace('.000Z', 'Z');
const instantOrNull = (value: string | null): string | null => (value === null ? null : instant(value));
const dayNumber = (value: string): number => Math.floor(Date.parse(value) / dayInMilliseconds);

/** The members that are known. */
function known<Members extends Record<string, unknown>>(members: Members): Partial<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))) as Partial<Members>;
}

/**
 * The context as one JSON document, in the shape that clients know: snake_case names, instants in UTC, amounts in the major
 * unit of their currency, probability in percent. A pure function of the records, what was derived, the instant and the
 * reader. `open_tickets` also holds tickets resolved in the last 30 days. Members of a ticket that are unknown are left out;
 * everything else unknown is null.
 */
export function buildDocument(records: ContextRecords, { at, view, derived, blockerCount, opportunityId }: DocumentOrder): Record<string, unknown> {
  const { account, references, managerFlags, threads, seMentions, weeklySummary } = records;
  return {
    account_id: view.identifier(references[0]?.id ?? records.accountId),
    cached_at: instant(records.readAt),
    ttl_seconds: contextSeconds,
    salesforce: {
      account_name: view.text(account.name),
      industry: view.text(account.industry),
      employee_count: account.employeeCount,
      website: view.text(account.website),
      owner: account.ownerName === null ? null : { name: view.name(account.ownerName), email: view.address(account.ownerEmail) },
      opportunity: opportunityOf(records, opportunityId, { at, view }),
      contacts: records.contacts.map((contact) => {
        const { name, email } = view.person(contact);
        return { name, title: view.text(contact.title), email, role: view.text(contact.role) };
      }),
      last_activity: records.lastActivity && { type: view.text(records.lastActivity.type), date: records.lastActivity.occurredAt.slice(0, 10), subject: view.text(records.lastActivity.subject) },
    },
    jira: { project_key: view.identifier(account.jiraProjectKey), open_tickets: ticketsOf(records, { at, view }), blocker_count: blockerCount },
    slack: {
      channel_id: view.identifier(account.slackChannelId),
      recent_threads: threads.map(({ occurredAt, author, preview, replyCount }) => ({ timestamp: instant(occurredAt), author: view.name(author), preview: view.text(preview), thread_reply_count: replyCount })),
      se_mentions: seMentions.map(({ name, lastActiveAt, status }) => ({ se_name: view.name(name), last_active: instantOrNull(lastActiveAt), status: view.text(status) })),
    },
    notion: {
      account_page_id: view.identifier(account.notionPageId),
      manager_flags: managerFlags.map(({ flag, setBy, note }) => ({ flag: view.text(flag), set_by: view.name(setBy), note: view.text(note) })),
      weekly_summary: weeklySummary && { week_of: weeklySummary.weekOf, status: view.text(weeklySummary.status), highlights: view.texts(weeklySummary.highlights), risks: view.texts(weeklySummary.risks) },
    },
    derived: {
      ...derived,
      primary_blocker: view.text(derived.primary_blocker),
      se_assigned: view.name(derived.se_assigned),
      competitive_threat: view.text(derived.competitive_threat),
      competitive_threats: view.texts(derived.competitive_threats),
    },
  };
}

type Place = Pick<DocumentOrder, 'at' | 'view'>;

function opportunityOf({ opportunities }: ContextRecords, id: string | null, { at, view }: Place): Record<string, unknown> | null {
  const deal = opportunities.find((each) => each.id === id);
  if (!deal) return null;
  const { reference, name, stage, amountMinor, currency, closeDate, probability, nextStep, stageSince } = deal;
  return {
    id: view.identifier(reference?.id ?? deal.id),
    name: view.text(name),
    stage: view.text(stage),
    amount: amountMinor === null || currency === null ? null : majorUnits(amountMinor, currency),
    currency,
    close_date: closeDate,
    // 0.57 times 100 is 56.99999999999999.
    probability: probability === null ? null : Number((probability * 100).toFixed(10)),
    next_step: view.text(nextStep),
    days_in_stage: stageSince === null ? null : Math.max(0, dayNumber(at) - dayNumber(stageSince)),
  };
}

function ticketsOf({ tickets }: ContextRecords, { at, view }: Place): readonly object[] {
  const shown = tickets.filter(({ statusCategory, resolvedOn }) => statusCategory !== 'DONE' || (resolvedOn !== null && dayNumber(at) - dayNumber(resolvedOn) <= doneTicketDays));
  return shown.map(({ key, summary, status, assignee, priority, createdOn, resolvedOn, labels }) => ({
    key: view.text(key),
    summary: view.text(summary),
    status: view.text(status),
    ...known({ assignee: view.name(assignee), priority: priority === null ? null : priority.charAt(0) + priority.slice(1).toLowerCase(), created: createdOn, resolved: resolvedOn, labels: view.texts(labels) }),
  }));
}
