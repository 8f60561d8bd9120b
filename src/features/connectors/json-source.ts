import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { exactJson } from '../../platform/exact-json.ts';
import { accountRecords, type AccountInput, type RecordInput } from '../accounts/index.ts';
import type { SignalStatement } from '../signals/index.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import type { Connector } from './connector.ts';
import type { ReadDeletion } from './reading.ts';
import { signedWebhook } from './signed-webhook.ts';

/** Reads a value as a GraphQL input type has it: the same scalars, required fields and enums. Throws `InvalidInput` with the place of the fault. */
export type ReadInput = (type: string, value: unknown, path: readonly string[]) => unknown;

/** The most items that one body may have, all lists together. */
export const mostItems = 1_000;
const shape = 'The body must be an object with the lists "accounts", "signals" and "deletions" and the object "records", each optional: {"accounts": […], "records": {"opportunities": […]}, "signals": […], "deletions": […]}.';
const list = z.array(z.unknown()).nullish();
const jsonBody = z.strictObject({ accounts: list, records: z.record(z.string(), list).nullish(), signals: list, deletions: list });
const text = (name: string) => z.string(`${name} must be a text.`);
const types: readonly string[] = ['Account', ...accountRecords.map(({ type }) => type)];
const deletion = z.strictObject({
  type: text('type').refine((type) => types.includes(type), `type must be one of ${types.join(', ')}.`),
  externalRef: z.strictObject({ system: text('system'), id: text('id') }, 'externalRef must be an object: {"system": …, "id": …}.'),
  source: text('source').nullish(),
  occurredAt: text('occurredAt').transform((value, context) => {
    const read = parseInstant(value);
    if (read === null) context.addIssue({ code: 'custom', message: 'occurredAt must be written like 2026-11-21T09:30:00Z.' });
    return read;
  }).nullish(),
  reason: text('reason').nullish(),
});
const kinds = new Map(accountRecords.map((record) => [record.plural, record]));

/**
 * Any system that sends the documented JSON: accounts, records by kind, signals and deletions, each item as the GraphQL
 * inputs are. An absent field says nothing, null clears it, `mode: "REPLACE"` states everything.
 */
export function jsonSource(readInput: ReadInput): Connector {
  return {
    source: 'json',
    secretMaker: 'OURS',
    settings: null,
    authenticate: signedWebhook,
    read(body) {
      const read = jsonBody.safeParse(body);
      if (!read.success) throw new InvalidInput(shape, read.error.issues[0]?.path.map(String) ?? []);
      const { accounts, records, signals, deletions } = read.data;
      const byKind = Object.entries(records ?? {}).flatMap(([plural, items]) => items?.map((item, index) => ({ plural, item, path: ['records', plural, String(index)] })) ?? []);
      const count = (accounts?.length ?? 0) + byKind.length + (signals?.length ?? 0) + (deletions?.length ?? 0);
      if (count > mostItems) throw new InvalidInput(`The body has ${count} items; send at most ${mostItems} at once.`);
      if (count === 0) throw new InvalidInput(`The body has no items. ${shape}`);
      return {
        accounts: placed('accounts', accounts).map(({ item, path }) => ({ input: readStatement(readInput, 'AccountInput', { item, path }) as AccountInput, path })),
        records: byKind.map(({ plural, item, path }) => {
          const kind = kinds.get(plural);
          if (!kind) throw new InvalidInput(`There are no records of the kind ${plural.slice(0, 100)}. Send one of: ${[...kinds.keys()].join(', ')}.`, ['records', plural.slice(0, 100)]);
          const input = readStatement(readInput, `${kind.type}Input`, { item, path }) as RecordInput;
          return { plural, input, path, ...(plural === 'opportunities' ? { report: { payload: exactJson(item), closedAs: null } } : {}) };
        }),
        signals: placed('signals', signals).map(({ item, path }) => ({ statement: readItem(readInput, 'SignalInput', { item, path }) as SignalStatement, path })),
        deletions: placed('deletions', deletions).map(({ item, path }) => readDeletion(item, path)),
      };
    },
  };
}

const modes: ReadonlySet<unknown> = new Set(['PATCH', 'REPLACE']);

/** An account or a record, with how much of it the item states: in the mutations that is an argument beside the list. */
function readStatement(readInput: ReadInput, type: string, { item, path }: { readonly item: unknown; readonly path: readonly string[] }): unknown {
  if (item === null || typeof item !== 'object' || !('mode' in item)) return readItem(readInput, type, { item, path });
  const { mode, ...own } = item;
  if (!modes.has(mode)) throw new InvalidInput('mode must be PATCH or REPLACE.', [...path, 'mode']);
  return { ...(readInput(type, own, path) as object), mode };
}

/** An item of a list. Null, which an input type may be elsewhere, is none. */
function readItem(readInput: ReadInput, type: string, { item, path }: { readonly item: unknown; readonly path: readonly string[] }): unknown {
  if (item === null) throw new InvalidInput('An item must be an object; it is null.', path);
  return readInput(type, item, path);
}

function placed(name: string, items: readonly unknown[] | null | undefined): { readonly item: unknown; readonly path: readonly string[] }[] {
  return items?.map((item, index) => ({ item, path: [name, String(index)] })) ?? [];
}

function readDeletion(item: unknown, path: readonly string[]): ReadDeletion {
  const read = deletion.safeParse(item);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new InvalidInput(issue?.message ?? 'The deletion cannot be read.', [...path, ...(issue?.path.map(String) ?? [])]);
  }
  const { type, externalRef, source, occurredAt, reason } = read.data;
  return { type, externalRef, source: source ?? null, occurredAt: occurredAt ?? null, reason: reason ?? null, path };
}
