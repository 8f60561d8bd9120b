import { z } from 'zod';
import { reference } from '../vendor-settings.ts';

const name = z.string('A name must be a text').min(1, 'A name must not be empty').max(200, 'A name must have at most 200 characters');
const user = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'People must be keyed by ids of Slack such as U024BE7LH');

/** How messages are read, with the defaults of what is left out. */
export const slackSettings = z.strictObject({
  /** Accounts by the id of their channel. A channel that is not here belongs to the account with the reference `slack:<channel>`. */
  channels: z.record(z.string().regex(/^[CG][A-Z0-9]{2,20}$/, 'channels must be keyed by ids of Slack such as C024BE91L'), reference).default({}),
  /** What becomes of messages in other channels: an account of the channel's own, or nothing. */
  otherChannels: z.enum(['STUB', 'IGNORE'], 'otherChannels must be STUB or IGNORE').default('STUB'),
  /** Names of sales engineers, by user id: a message of theirs, or one that mentions them, is an SE mention. */
  salesEngineers: z.record(user, name).default({}),
  /** Names of others who write, by user id; events of Slack hold ids alone. */
  people: z.record(user, name).default({}),
  /** Where the workspace is: `https://acme.slack.com`. Without it threads have no URL. */
  workspaceUrl: z.url({ protocol: /^https$/, error: 'workspaceUrl must be like https://acme.slack.com' }).optional(),
  /** The workspace; events of others are ignored. Without it all are read. */
  teamId: z.string().regex(/^T[A-Z0-9]{2,20}$/, 'teamId must be an id of Slack such as T0001').optional(),
});
/** Settings of a Slack webhook. */
export type SlackSettings = z.output<typeof slackSettings>;
