import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { joinReadings, type Reading } from '../reading.ts';
import type { RecordInput } from '../../accounts/index.ts';
import type { CallSlack } from './client.ts';
import { accountOfChannel } from './message-place.ts';
import type { SlackSettings } from './settings.ts';

const presence = z.looseObject({ presence: z.enum(['active', 'away']) });

/** Whether someone was active, and when Slack said so; GONE: Slack has no such person any more. */
export type Presence = { readonly status: 'active' | 'away'; readonly observedAt: string | null } | 'GONE';

/** Asks whether a person is active. */
export async function readPresence(call: CallSlack, user: string): Promise<Presence> {
  try {
    const { answer, answeredAt } = await call('users.getPresence', { schema: presence, args: { user } });
    return { status: answer.presence, observedAt: answeredAt };
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'NOT_FOUND') return 'GONE';
    throw error;
  }
}

/** Where a sales engineer was mentioned. */
export interface MentionPlace {
  readonly channel: string;
  readonly user: string;
  readonly settings: SlackSettings;
  /** Whose the channel is where the settings say nothing of it. */
  readonly account?: RecordInput['account'];
}

/** What a presence states about a sales engineer at an account, as of the instant at which Slack answered. */
export function statePresence({ channel, user, settings, account: given }: MentionPlace, seen: Presence): Reading {
  const path = ['presence'];
  const name = Object.hasOwn(settings.salesEngineers, user) ? settings.salesEngineers[user] : undefined;
  if (name === undefined) return ignored('NOT_READ', 'The person is no sales engineer by the settings of this connection.');
  const mapped = accountOfChannel(channel, settings);
  const account = mapped ? { externalRef: mapped } : given;
  if (!account) return ignored('NO_ACCOUNT', 'The channel belongs to no account. Add it to channels in the settings of this connection.');
  const externalRef = { system: 'slack', id: `${channel}/${user}` };
  if (seen === 'GONE') return joinReadings([{ deletions: [{ type: 'SeMention', externalRef, source: 'slack', occurredAt: null, reason: 'No longer in the workspace', path }] }]);
  const { status, observedAt } = seen;
  const active = status === 'active' && observedAt !== null ? { lastActiveAt: observedAt } : {};
  return joinReadings([{ records: [{ plural: 'seMentions', input: { account, externalRef, name, status, ...active, mode: 'PATCH', source: 'slack', ...(observedAt === null ? {} : { occurredAt: observedAt }) }, path }] }]);
}

const ignored = (reason: 'NOT_READ' | 'NO_ACCOUNT', message: string): Reading => joinReadings([{ ignored: [{ reason, message, path: ['presence'] }] }]);
