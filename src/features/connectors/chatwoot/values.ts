import { z } from 'zod';
import { parseInstant } from '../../../platform/graphql/scalars.ts';

const latestSecond = Date.parse('9999-12-31T23:59:59Z') / 1_000;

/** An instant in any form that Chatwoot writes: Unix seconds, RFC 3339, or `2020-03-03 13:05:57 UTC`; null where it is none of them. */
export function instantOfChatwoot(value: string | number): string | null {
  if (typeof value === 'number' || /^\d{1,12}(?:\.\d{1,9})?$/.test(value)) {
    const seconds = Number(value);
    return Number.isFinite(seconds) && seconds >= 0 && seconds <= latestSecond ? new Date(Math.floor(seconds * 1_000)).toISOString() : null;
  }
  return parseInstant(value.trim().replace(/^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?) UTC$/, '$1T$2Z'));
}

/** An id of Chatwoot, which is a text in its guide and a number in its webhooks: always a text of digits here. */
export const chatwootId = z.union([z.int().positive(), z.string().regex(/^[1-9]\d{0,15}$/)], 'must be an id of Chatwoot such as 12345').transform(String);

/** An inbox, whose ids are 32-bit integers. */
export const inboxId = z.union([z.int().positive(), z.string().regex(/^[1-9]\d{0,9}$/).transform(Number)], 'must be the id of an inbox such as 74274').refine((id) => id <= 2_147_483_647, 'must be the id of an inbox such as 74274');

/** An instant in one of Chatwoot's forms. */
export const chatwootTime = z.union([z.number(), z.string()], 'must be a time such as 1795248000 or 2026-11-21T08:00:00Z').transform((given, context) => {
  const instant = instantOfChatwoot(given);
  if (instant !== null) return instant;
  context.addIssue({ code: 'custom', message: 'must be a time such as 1795248000, 2026-11-21T08:00:00Z or 2026-11-21 08:00:00 UTC' });
  return z.NEVER;
});

const words = ['incoming', 'outgoing', 'activity', 'template'] as const;

/** Who a message is from; Chatwoot writes the word or its number. */
export const messageType = z.union([z.enum(words), z.int().min(0).max(3), z.enum(['0', '1', '2', '3'])], 'must be incoming, outgoing, activity or template, or a number from 0 to 3').transform((given): (typeof words)[number] => {
  const word = words.find((each) => each === given);
  return word ?? words[Number(given)] ?? 'activity';
});
