import { z } from 'zod';
import { ContextSectionName } from './sections.ts';

const text = z.string().nullable();

/** What other systems call a node. */
const reference = z.strictObject({ system: z.string(), id: z.string() });

/** A sealed text with what opens it, both base64; null where there is none, or the person was erased. */
const sealed = z.string().nullable();

/**
 * The records of an account's context, as the database keeps them: for every reader alike, so that they can be cached.
 * Names and addresses of contacts are sealed; opening and masking is done for each reader. Instants are RFC 3339 in UTC.
 */
export const contextRecords = z.strictObject({
  accountId: z.uuid(),
  /** When they were read. */
  readAt: z.string(),
  references: z.array(reference),
  account: z.strictObject({
    name: text, industry: text, employeeCount: z.number().nullable(), website: text, ownerName: text, ownerEmail: text,
    jiraProjectKey: text, slackChannelId: text, notionPageId: text,
  }),
  opportunities: z.array(z.strictObject({
    id: z.uuid(), reference: reference.nullable(), name: z.string(), stage: z.string(), stageKind: z.string(), amountMinor: z.number().nullable(), currency: text, closeDate: text,
    probability: z.number().nullable(), nextStep: text, stageSince: text,
  })),
  contacts: z.array(z.strictObject({ id: z.uuid(), wrappedKey: sealed, nameSealed: sealed, emailSealed: sealed, title: text, role: text })),
  lastActivity: z.strictObject({ id: z.uuid(), type: z.string(), subject: z.string(), occurredAt: z.string() }).nullable(),
  tickets: z.array(z.strictObject({
    id: z.uuid(), key: z.string(), summary: z.string(), status: z.string(), statusCategory: z.string(), assignee: text, priority: text, labels: z.array(z.string()), createdOn: text, resolvedOn: text,
  })),
  threads: z.array(z.strictObject({ id: z.uuid(), author: z.string(), preview: z.string(), replyCount: z.number(), occurredAt: z.string() })),
  seMentions: z.array(z.strictObject({ id: z.uuid(), name: z.string(), lastActiveAt: text, status: z.string() })),
  managerFlags: z.array(z.strictObject({ id: z.uuid(), flag: z.string(), setBy: z.string(), note: text })),
  weeklySummary: z.strictObject({ id: z.uuid(), weekOf: z.string(), occurredAt: z.string(), status: z.string(), highlights: z.array(z.string()), risks: z.array(z.string()) }).nullable(),
  sections: z.array(z.strictObject({ section: z.enum(ContextSectionName), statedAt: text, fetchedAt: text, failedAt: text, errorCode: text })),
});
export type ContextRecords = Readonly<z.infer<typeof contextRecords>>;

/** How many rows of each kind a context holds at most. */
export const mostOf = { opportunities: 20, contacts: 50, openTickets: 50, doneTickets: 20, threads: 20, seMentions: 20, managerFlags: 50 } as const;
