import { z } from 'zod';
import { AccountStatus, TicketPriority } from '../accounts/index.ts';
import { StageKind } from '../stages/index.ts';

/** A record or an account that a value was derived from, by its GraphQL type and its key. */
export interface EvidenceRef {
  readonly type: 'Account' | 'Opportunity' | 'Ticket' | 'Thread' | 'SeMention' | 'Note' | 'WeeklySummary' | 'Activity' | 'Contact';
  readonly id: string;
}

const instant = z.string();
const day = z.string();

/** A deal that is neither won nor lost. Instants are RFC 3339, days `YYYY-MM-DD`. */
const deal = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  stage: z.string(),
  stageKind: z.enum(StageKind),
  amountMinor: z.number().nullable(),
  currency: z.string().nullable(),
  closeDate: day.nullable(),
  nextStep: z.string().nullable(),
  stageSince: instant.nullable(),
  /** The first of its references: of deals that are alike in all else, it decides which one the context is about. */
  ref: z.string().nullish(),
  /** Its fields about which sources disagree, by name. */
  disagreements: z.array(z.string()),
});

/** A ticket that is not done. */
const ticket = z.strictObject({
  id: z.uuid(),
  key: z.string(),
  summary: z.string(),
  statusCategory: z.enum(['TO_DO', 'IN_PROGRESS', 'DONE']),
  priority: z.enum(TicketPriority).nullable(),
  labels: z.array(z.string()),
  assignee: z.string().nullable(),
  createdOn: day.nullable(),
});

/** A text in which a competitor can be mentioned; each of its texts is searched by itself. */
const written = z.strictObject({ type: z.enum(['Thread', 'Note', 'WeeklySummary']), id: z.uuid(), occurredAt: instant, texts: z.array(z.string()) });

/** A contact with the customer. */
const contact = z.strictObject({ type: z.enum(['Activity', 'Note']), id: z.uuid(), occurredAt: instant });

/** The presence of a sales engineer as one record says it, observed at `occurredAt`. */
const presence = z.strictObject({ id: z.uuid(), name: z.string(), status: z.string(), lastActiveAt: instant.nullable(), occurredAt: instant });

/**
 * Everything that the derived values of one account are computed from, as known at one instant. Plain JSON: it can be cached
 * and the values computed from it later. It holds texts that people wrote, so it is personal data.
 */
export const contextFactsForm = z.strictObject({
  account: z.strictObject({
    id: z.uuid(), name: z.string(), isStub: z.boolean(), status: z.enum(AccountStatus),
    hasIndustry: z.boolean(), hasEmployeeCount: z.boolean(), hasWebsite: z.boolean(), hasOwner: z.boolean(),
  }),
  /** Deals that are neither won nor lost, those that close first. */
  deals: z.array(deal),
  /** Every ticket that is not done. */
  tickets: z.array(ticket),
  /** The latest threads, notes and weekly summaries. */
  texts: z.array(written),
  /** The latest contact up to the instant, with all of its instant, and the next ones that are planned. */
  contacts: z.array(contact),
  presences: z.array(presence),
  /** People at the account. */
  people: z.array(z.strictObject({ id: z.uuid(), role: z.string().nullable(), occurredAt: instant })),
});
/** Everything that the derived values of one account are computed from. */
export type ContextFacts = z.output<typeof contextFactsForm>;
/** A deal that is neither won nor lost. */
export type DealFact = ContextFacts['deals'][number];
/** A ticket that is not done. */
export type TicketFact = ContextFacts['tickets'][number];
/** A text in which a competitor can be mentioned. */
export type TextFact = ContextFacts['texts'][number];
/** A contact with the customer. */
export type ContactFact = ContextFacts['contacts'][number];
/** The presence of a sales engineer as one record says it. */
export type PresenceFact = ContextFacts['presences'][number];

/** How many rows of each kind are read at most; of tickets that are not done all are. */
export const mostFacts = { deals: 50, threads: 100, notes: 100, weeklySummaries: 26, planned: 5, presences: 100, people: 50 } as const;
