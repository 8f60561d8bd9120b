import { randomUUID } from 'node:crypto';

const types = ['website_visit', 'email_open', 'product_usage', 'meeting'];

/** The type of a new signal. */
export const typeOf = (turn: number): string => types[turn % types.length] ?? 'meeting';

/** The payload of a new signal, about 40 bytes. */
export const payloadOf = (turn: number): object => ({ page: `/page/${turn % 50}`, seconds: turn % 600 });

/** A new signal about an account that is there, as a client sends it. */
export function newSignal(accounts: number, turn: number): { account: { externalRef: { system: string; id: string } }; type: string; source: string; sourceEventId: string; payload: object } {
  const account = 1 + ((turn * 7_919) % accounts);
  return { account: { externalRef: { system: 'salesforce', id: `salesforce-${account}` } }, type: typeOf(turn), source: 'bench', sourceEventId: randomUUID(), payload: payloadOf(turn) };
}
