import { Extensions } from 'type-graphql';

/**
 * What a field that holds text can show of people. Every such field of the schema declares one; which roles see which is
 * one table, `sight` in features/access. Numbers, times, enums and ids of this program hold no text and declare nothing.
 */
export const dataClasses = {
  SYSTEM: 'Words of the program: codes, digests, cursors, versions, error messages. They hold no personal data.',
  IDENTIFIER: 'Ids and links that other systems gave. E-mail addresses and telephone numbers in them are masked.',
  TEXT: 'Words of people or other systems: names of things, notes, summaries. E-mail addresses and telephone numbers in them are masked.',
  PERSON_NAME: 'Names of people: contacts, colleagues, authors. E-mail addresses and telephone numbers in them are masked.',
  PERSON_ADDRESS: 'E-mail addresses of contacts and colleagues. Null where masked.',
  SIGNAL_PAYLOAD: 'What a source sent with a signal. E-mail addresses and telephone numbers in it are masked.',
  PROFILE_VALUE: 'Personal values of profiles, and names and texts of documents. Null where masked; values that no definition calls personal are shown like TEXT.',
  CHILD_VALUE: 'Data of children in profiles and sessions: values of the PII class CHILD. Null where masked; in contexts and steps, `[hidden]` under their keys.',
  DRAFT: 'Drafts, their reasoning, remarks about them and differences between them. Null where masked.',
  CONSENT_EVIDENCE: 'The addressee\'s consent as evidence of an action, and what a decision was made from. Null or empty where masked.',
  CONSENT: 'Consents by person, with source and history. Refused to other roles.',
  ERASURE: 'Previews, receipts and exports of what is held on a person. Refused to other roles.',
  AUDIT: 'The audit log. Refused to other roles.',
  ADMINISTRATION: 'API keys, secrets and the use of language models. Refused to other roles.',
} as const;
export type DataClass = keyof typeof dataClasses;

/** Declares what a field can show of people. `atRow`: its rows are masked where they are made, so the field itself need not be. */
export function Shows(shows: DataClass, { atRow = false }: { readonly atRow?: boolean } = {}): PropertyDecorator & MethodDecorator {
  return Extensions({ shows, maskedAtRow: atRow });
}
