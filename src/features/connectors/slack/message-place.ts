import type { RecordInput } from '../../accounts/index.ts';
import type { Reference } from '../vendor-settings.ts';
import type { SlackMessage } from './message-event.ts';
import type { SlackSettings } from './settings.ts';

/** Where a message was read: in the channel of an account. */
export interface MessagePlace {
  readonly channel: string;
  readonly teamId: string;
  readonly account: RecordInput['account'];
  readonly settings: SlackSettings;
  /** Whether this app wrote a message: what it posts must not come back as news. */
  readonly isOwn: (message: Pick<SlackMessage, 'app_id' | 'bot_id' | 'bot_profile' | 'user'>) => boolean;
  /** The place of the message in the body. */
  readonly path: readonly string[];
}

/** The account of a channel; null where it has none. */
export function accountOfChannel(channel: string, { channels, otherChannels }: SlackSettings): Reference | null {
  const mapped = Object.hasOwn(channels, channel) ? channels[channel] : undefined;
  return mapped ?? (otherChannels === 'IGNORE' ? null : { system: 'slack', id: channel });
}
