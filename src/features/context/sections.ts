import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** The sections of an account's context. */
export const ContextSectionName = graphEnum('ContextSectionName', 'A section of an account\'s context: a view of the account by what kind of system its records come from.', {
  SALESFORCE: 'The CRM: the account, opportunities, contacts, activities.',
  JIRA: 'The issue tracker: tickets.',
  SLACK: 'The chat: threads and sales engineers seen there.',
  NOTION: 'The documents: manager flags and weekly summaries.',
});
export type ContextSectionName = keyof typeof ContextSectionName;

/** How current a section is. */
export const ContextSectionStatus = graphEnum('ContextSectionStatus', 'How current a section of a context is. Whatever it is, the section shows the last good values.', {
  FRESH: 'One of its sources was heard of within the freshness horizon.',
  STALE: 'No source of it was heard of within the freshness horizon.',
  UNAVAILABLE: 'No source of it was ever heard of.',
});
export type ContextSectionStatus = keyof typeof ContextSectionStatus;

/** What makes up a section. */
export interface SectionDeclaration {
  readonly name: ContextSectionName;
  /** Its key in the document. */
  readonly key: 'salesforce' | 'jira' | 'slack' | 'notion';
  /** The tables whose rows it shows, whichever source stated them. */
  readonly tables: readonly string[];
  /** The sources whose statements and fetches make it fresh. */
  readonly sources: readonly string[];
}

/** The one table of sections: which records each shows, and which sources keep it fresh. */
export const contextSections: readonly SectionDeclaration[] = [
  { name: 'SALESFORCE', key: 'salesforce', tables: ['account', 'opportunity', 'contact', 'activity'], sources: ['salesforce', 'sfdc', 'hubspot'] },
  { name: 'JIRA', key: 'jira', tables: ['ticket'], sources: ['jira'] },
  { name: 'SLACK', key: 'slack', tables: ['thread', 'se_mention'], sources: ['slack'] },
  { name: 'NOTION', key: 'notion', tables: ['manager_flag', 'weekly_summary'], sources: ['notion'] },
];

/** The sections that show rows of a table. */
export function sectionsOfTable(table: string): readonly ContextSectionName[] {
  return contextSections.flatMap(({ name, tables }) => (tables.includes(table) ? [name] : []));
}

/** What is known of when a section's sources were heard of. Instants are RFC 3339; null: never. */
export interface SectionFacts {
  readonly section: ContextSectionName;
  /** When a statement of one of its sources last arrived. */
  readonly statedAt: string | null;
  /** When a fetch last succeeded. */
  readonly fetchedAt: string | null;
  /** When a fetch last failed, and why. */
  readonly failedAt: string | null;
  readonly errorCode: string | null;
}

/** A section at an instant. */
export interface SectionState {
  readonly name: ContextSectionName;
  readonly status: ContextSectionStatus;
  /** When one of its sources was last heard of; null: never. */
  readonly fetchedAt: string | null;
  /** Code of the last failed fetch since the last success; null where there is none. */
  readonly error: string | null;
}

/** Hours after which a section is stale, by section. */
export type FreshnessHours = Readonly<Record<ContextSectionName, number>>;

/** The state of each section at an instant, in the order of the table. `at` is RFC 3339. */
export function statesOfSections(facts: readonly SectionFacts[], hours: FreshnessHours, at: string): readonly SectionState[] {
  return contextSections.map(({ name }) => {
    const known = facts.find(({ section }) => section === name);
    const heardAt = [known?.statedAt ?? null, known?.fetchedAt ?? null].reduce((one, other) => (one === null || (other !== null && other > one) ? other : one));
    const failed = known?.failedAt != null && (heardAt === null || known.failedAt > heardAt);
    return { name, status: statusOf(heardAt, hours[name], at), fetchedAt: heardAt, error: failed ? known.errorCode : null };
  });
}

function statusOf(heardAt: string | null, hours: number, at: string): ContextSectionStatus {
  if (heardAt === null) return 'UNAVAILABLE';
  return Date.parse(at) - Date.parse(heardAt) > hours * 3_600_000 ? 'STALE' : 'FRESH';
}

/** What became of a section's fetch. */
export const SectionFetchOutcome = graphEnum('SectionFetchOutcome', 'What became of the fetch of a section.', {
  WAITING: 'Not fetched yet.',
  FETCHED: 'The source answered; what it said is stored.',
  FAILED: 'The source did not answer; the section keeps its last good values.',
  NOT_CONFIGURED: 'No active connection fetches this section, or the account is not known there; it keeps its values.',
});
export type SectionFetchOutcome = keyof typeof SectionFetchOutcome;
