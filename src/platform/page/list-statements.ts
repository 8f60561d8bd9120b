import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AsOf } from '../graphql/call.ts';
import { statement, type Planning, type Statement } from '../postgres/statement.ts';

/** Stands for the number of rows in a text. */
export const limited = '{limit}';

/** Lists have a statement for each combination of filters, order, columns and page size that is asked for; so many are remembered. */
const statements = new LRUCache<string, Statement<never>>({ max: 2_000 });

interface Named {
  readonly plan?: Planning | undefined;
  /** How many rows at most. It stands in the text: a kept plan knows how few rows it is for. */
  readonly limit?: number;
}

/** The statement of a text: the same text, the same name. */
export function named(name: string, unlimited: string, { plan = 'KEPT', limit }: Named = {}): Statement<never> {
  const text = limit === undefined ? unlimited : unlimited.replaceAll(limited, String(limit));
  const known = statements.get(text);
  if (known) return known;
  const hash = createHash('sha1').update(unlimited).digest('hex').slice(0, 8);
  const made = statement<never>(limit === undefined ? `${name}_${hash}` : `${name}_${hash}_of_${limit}`, text, plan);
  statements.set(text, made);
  return made;
}

/** The statements of a list at present, by what their texts are made of: a known one need not be written again. */
const remembered = new WeakMap<object, LRUCache<string, Statement<never>>>();

/** The statement of a list at present, written unless one is known that is made of the same; at a past moment it is written. */
export function remember(source: object, asOf: AsOf, madeOf: readonly unknown[], write: () => Statement<never>): Statement<never> {
  // What stands in for a table at a past moment is in no key.
  if (asOf !== null) return write();
  let own = remembered.get(source);
  if (!own) remembered.set(source, (own = new LRUCache({ max: 500 })));
  const key = madeOf.join('\n');
  const known = own.get(key);
  if (known) return known;
  const made = write();
  own.set(key, made);
  return made;
}
