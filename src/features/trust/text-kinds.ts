import type { OriginClass } from './origin-class.ts';

/**
 * What is written text, and who writes it. Whoever delivers such a text, it is trusted no more than its writer. A kind that
 * is not in a table holds data, not text: it has the class of the channel that it came by. Migration 0050 gave rows of
 * before their classes by these tables.
 */
const records: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => OriginClass>> = {
  // The subject of an e-mail is its sender's.
  Activity: ({ type }) => (typeof type === 'string' && !/e-?mail/i.test(type) ? 'COLLEAGUE_TEXT' : 'CUSTOMER_TEXT'),
  ManagerFlag: () => 'COLLEAGUE_TEXT',
  // A statement that does not say which kind of note it is about may be about an e-mail.
  Note: ({ noteType }) => (typeof noteType === 'string' && noteType !== 'EMAIL' ? 'COLLEAGUE_TEXT' : 'CUSTOMER_TEXT'),
  PlaybookReport: () => 'COLLEAGUE_TEXT',
  SeMention: () => 'COLLEAGUE_TEXT',
  Thread: () => 'COLLEAGUE_TEXT',
  Ticket: () => 'COLLEAGUE_TEXT',
  WeeklySummary: () => 'COLLEAGUE_TEXT',
};

/** By the source of a profile field: words of a conversation are CUSTOMER_TEXT, the output of a tool is THIRD_PARTY_TEXT. */
const fieldSources: Readonly<Record<string, OriginClass>> = { LLM: 'MODEL_INFERRED', SESSION: 'CUSTOMER_TEXT', TOOL: 'THIRD_PARTY_TEXT' };

/** By the kind of a document; any other is taken to be the customer's. */
const documents: Readonly<Record<string, OriginClass>> = {
  note: 'COLLEAGUE_TEXT', notes: 'COLLEAGUE_TEXT', meeting_notes: 'COLLEAGUE_TEXT', call_notes: 'COLLEAGUE_TEXT', summary: 'COLLEAGUE_TEXT', playbook: 'COLLEAGUE_TEXT',
  article: 'THIRD_PARTY_TEXT', news: 'THIRD_PARTY_TEXT', press_release: 'THIRD_PARTY_TEXT', report: 'THIRD_PARTY_TEXT', review: 'THIRD_PARTY_TEXT', web_page: 'THIRD_PARTY_TEXT',
};

/** The class of the text that a statement about an account or a record holds; null where it holds data. */
export function textOfRecord(type: string, fields: Readonly<Record<string, unknown>>): OriginClass | null {
  return records[type]?.(fields) ?? null;
}

/** The class of what a profile field was read out of; null where it is stated as data. */
export function textOfField(source: string): OriginClass | null {
  return fieldSources[source] ?? null;
}

/** The class of a document's text. */
export function textOfDocument(kind: string): OriginClass {
  return documents[kind] ?? 'CUSTOMER_TEXT';
}
