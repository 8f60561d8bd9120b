import { z } from 'zod';
import { exactJson, isRawNumber } from '../../../platform/exact-json.ts';
import type { ContextCopies } from '../outbound/context-copies.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { readAnswer, type CallChatwoot } from './client.ts';
import type { ChatwootConnectionSettings } from './connection-settings.ts';
import { contactAnswer } from './contact-object.ts';

type Values = Readonly<Record<string, unknown>>;

/** `custom`: the schema keeps what it holds as it is, so that `exactJson` finds its numbers. */
const kept = z.custom<Values>((value) => value === undefined || value === null || isValues(value));
const attributesAnswer = z.looseObject({ payload: z.looseObject({ additional_attributes: kept, custom_attributes: kept }) });

/**
 * Copies of contexts in the attributes of contacts, key by key as they are. Chatwoot merges the attributes of a change into
 * those that it has, so a key cannot be taken away: one that was cleared is written as null, which is left out when the copy is read.
 */
export function createContextCopies(call: CallChatwoot, { contextAttributes }: Pick<ChatwootConnectionSettings, 'contextAttributes'>): ContextCopies {
  const field = contextAttributes === 'CUSTOM' ? 'custom_attributes' : 'additional_attributes';
  const attributesOf = (contactId: string): Promise<Values | null> => ifThere(contactId, async () => readAnswer(attributesAnswer, await call({ operation: 'contact', path: `/contacts/${contactId}` })).payload[field] ?? {});
  const change = async (contactId: string, values: Values): Promise<boolean> => {
    const answer = await ifThere(contactId, () => call({ operation: 'change_contact', path: `/contacts/${contactId}`, change: { [field]: values } }));
    if (answer === null) return false;
    readAnswer(contactAnswer, answer);
    return true;
  };
  return {
    async read(contactId) {
      const found = await attributesOf(contactId);
      const exact = found && exactJson(found);
      return isValues(exact) ? withoutNulls(exact) : null;
    },
    write: (contactId, { values, cleared }) => change(contactId, { ...Object.fromEntries(cleared.map((key) => [key, null])), ...withoutNulls(values) }),
    async clear(contactId) {
      const found = await attributesOf(contactId);
      if (found === null) return false;
      const keys = Object.keys(withoutNulls(found));
      return keys.length === 0 || change(contactId, Object.fromEntries(keys.map((key) => [key, null])));
    },
  };
}

/** What a call about a contact returns; null where Chatwoot has no such contact. Sessions may also be with contacts of other systems. */
async function ifThere<Answer>(contactId: string, body: () => Promise<Answer>): Promise<Answer | null> {
  if (!/^[1-9]\d{0,15}$/.test(contactId)) return null;
  try {
    return await body();
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

function isValues(value: unknown): value is Values {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !isRawNumber(value);
}

/** Values without members that are null, at every depth; elements of lists stay. */
function withoutNulls(values: Values): Values {
  return Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, isValues(value) ? withoutNulls(value) : value]])));
}
