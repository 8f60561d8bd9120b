import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const contacts = {
  accountId: z.uuid().describe('An account that one of the two contacts belonged to before, or belongs to since.'),
  mergeId: z.uuid().describe('The decision.'),
  intoId: z.uuid().describe('The contact that the other counts for, or counted for.'),
  fromId: z.uuid().describe('The contact that counts for the other, or counts for itself again.'),
};

/** Contacts were found to be one person. */
export const contactMerged = defineEvent('contact.merged', 1, 'A contact was merged into another: both are one person, whose consent is the more restrictive of the two. One fact for each account concerned.', z.strictObject(contacts));

/** A merge of contacts was undone. */
export const contactUnmerged = defineEvent('contact.unmerged', 1, 'A merge of contacts was undone: each has again what its sources said of it, and its own consent. One fact for each account concerned.', z.strictObject(contacts));

/** The kinds of events about merges of contacts; those about accounts belong to accounts. */
export const mergeEvents = [contactMerged, contactUnmerged] as const;
