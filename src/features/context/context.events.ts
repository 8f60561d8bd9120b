import { z } from 'zod';
import { defineEvent, type EventKind } from '../../platform/events/event.ts';
import { callValidated, contextRulesPublished, derivedValuesChanged } from './derived.events.ts';
import { ContextSectionName, SectionFetchOutcome } from './sections.ts';

/** A refresh of a context was begun. */
export const contextRefreshStarted = defineEvent('context_refresh.started', 1, 'A job that fetches the sections of an account\'s context was begun.', z.strictObject({ accountId: z.uuid(), refreshId: z.uuid() }));

/** A refresh of a context ended. */
export const contextRefreshed = defineEvent(
  'context_refresh.ended',
  1,
  'Every section of an account\'s context was fetched, or its fetch failed.',
  z.strictObject({
    accountId: z.uuid(),
    refreshId: z.uuid(),
    sections: z.array(z.strictObject({ section: z.enum(ContextSectionName), outcome: z.enum(SectionFetchOutcome), errorCode: z.string().regex(/^[A-Z_]{1,64}$/).nullable().describe('Why the fetch failed; null when it did not.') })),
  }),
);

/** Every kind of fact that the context records. */
export const contextEvents = [contextRefreshStarted, contextRefreshed, derivedValuesChanged, contextRulesPublished, callValidated] as unknown as readonly EventKind<never>[];
