import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { MatchKind } from './match-rules.ts';

const ids = (description: string) => z.array(z.uuid()).describe(description);

/** Candidates came or went. */
export const matchesUpdated = defineEvent(
  'matches.updated',
  1,
  'What is known of some nodes changed which pairs of them may be one.',
  z.strictObject({
    opened: ids('Candidates that wait for a decision since now.'),
    withdrawn: ids('Candidates whose evidence is gone.'),
    merged: ids('Candidates whose nodes are one since now.'),
    unmerged: ids('Candidates whose nodes were one and are two again; they count as rejected.'),
  }),
);

/** A candidate was confirmed or rejected. */
export const matchDecided = defineEvent(
  'match.decided',
  1,
  'A pair of nodes was confirmed to be one, or rejected, by a person or by the matching policy.',
  z.strictObject({
    candidateId: z.uuid(),
    kind: z.enum(MatchKind),
    leftId: z.uuid(),
    rightId: z.uuid(),
    decision: z.enum(['CONFIRM', 'REJECT']),
    policyVersion: z.int().nullable().describe('The version of the matching policy that decided; null where a person did.'),
  }),
);

/** A tenant set how its nodes are matched. */
export const matchingPolicyPublished = defineEvent('matching-policy.published', 1, 'A new version of the matching policy is in force; all nodes are matched by it.', z.strictObject({ version: z.int().positive() }));

/** The kinds of events about matching. */
export const matchEvents = [matchesUpdated, matchDecided, matchingPolicyPublished] as const;
