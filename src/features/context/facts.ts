import type { AccountStatus, TicketPriority } from '../accounts/index.ts';
import type { StageKind } from '../stages/index.ts';

/** A record or an account that a value was derived from, by its GraphQL type and its key. */
export interface EvidenceRef {
  readonly type: 'Account' | 'Opportunity' | 'Ticket' | 'Thread' | 'SeMention' | 'Note' | 'WeeklySummary' | 'Activity' | 'Contact';
  readonly id: string;
}

/** A deal that is neither won nor lost. */
export interface DealFact {
  readonly id: string;
  readonly name: string;
  readonly stage: string;
  readonly stageKind: StageKind;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** `YYYY-MM-DD`. */
  readonly closeDate: string | null;
  readonly nextStep: string | null;
  /** RFC 3339. */
  readonly stageSince: string | null;
}

/** A ticket that is not done. */
export interface TicketFact {
  readonly id: string;
  readonly key: string;
  readonly summary: string;
  readonly statusCategory: 'TO_DO' | 'IN_PROGRESS' | 'DONE';
  readonly priority: keyof typeof TicketPriority | null;
  readonly labels: readonly string[];
  readonly assignee: string | null;
  /** `YYYY-MM-DD`. */
  readonly createdOn: string | null;
}

/** A text in which a competitor can be mentioned. */
export interface TextFact {
  readonly type: 'Thread' | 'Note' | 'WeeklySummary';
  readonly id: string;
  /** When it was written. RFC 3339. */
  readonly occurredAt: string;
  /** Each is searched by itself. */
  readonly texts: readonly string[];
}

/** A contact with the customer. */
export interface ContactFact {
  readonly type: 'Activity' | 'Note';
  readonly id: string;
  /** RFC 3339. */
  readonly occurredAt: string;
}

/** The presence of a sales engineer as one record says it. */
export interface PresenceFact {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** RFC 3339. */
  readonly lastActiveAt: string | null;
  /** When it was observed. RFC 3339. */
  readonly occurredAt: string;
}

/** A field of a deal about which sources disagree. */
export interface DisagreementFact {
  readonly dealId: string;
  readonly field: string;
}

/**
 * Everything that the derived values of one account are computed from, as known at one instant. Plain JSON: it can be cached
 * and the values computed from it later. It holds texts that people wrote, so it is personal data.
 */
export interface ContextFacts {
  readonly account: {
    readonly id: string;
    readonly name: string;
    readonly isStub: boolean;
    readonly status: keyof typeof AccountStatus;
    readonly hasIndustry: boolean;
    readonly hasEmployeeCount: boolean;
    readonly hasWebsite: boolean;
    readonly hasOwner: boolean;
  };
  /** Deals that are neither won nor lost, in any order. */
  readonly deals: readonly DealFact[];
  /** Tickets that are not done, in any order. */
  readonly tickets: readonly TicketFact[];
  /** Threads, notes and weekly summaries within the look-back of the competitor rules, in any order. */
  readonly texts: readonly TextFact[];
  /** Activities, and notes about contacts, the latest up to the instant; none is enough when nothing is known. */
  readonly contacts: readonly ContactFact[];
  readonly presences: readonly PresenceFact[];
  readonly people: { readonly count: number; readonly decisionMakers: readonly string[]; readonly others: readonly string[] };
  /** Of the deals above. */
  readonly disagreements: readonly DisagreementFact[];
}
