import { z } from 'zod';
import type { ChangeFeed } from '../../outbound/change-feed.ts';
import type { VendorAccess } from '../../outbound/vendor-api.ts';
import { VendorFault } from '../../outbound/vendor-fault.ts';
import type { SalesforceConnectionSettings, SalesforceCredentials } from '../credentials.ts';
import { cursorSince } from '../read-history.ts';
import { openPubSub, type PubSubChannel } from './channel.ts';
import { decodeEvent } from './decode-event.ts';
import { followTopic, type TopicParts } from './follow-topic.ts';
import { createSchemas } from './schemas.ts';
import { topicsOf } from './topics.ts';

type Access = VendorAccess<SalesforceCredentials, SalesforceConnectionSettings>;

/** A feed that is open. */
export interface OpenFeed extends ChangeFeed {
  /** Ends its streams. */
  close(): void;
}

const organization = z.looseObject({ Id: z.string().regex(/^00D[0-9A-Za-z]{12,15}$/) });

/** The change events of an organization; null where the settings ask for none. `readOrganization`: its record, by the REST API. */
export function createChangeFeed(access: Access, readOrganization: () => Promise<unknown>): OpenFeed | null {
  const topics = topicsOf(access.settings.changeDataCapture);
  if (topics.length === 0) return null;
  const closing = new AbortController();
  let organizationId: Promise<string> | null = null;
  const idOf = async (): Promise<string> => {
    const read = organization.safeParse(await readOrganization());
    if (!read.success) throw new VendorFault('UNREADABLE', 'Salesforce did not say which organization this is.');
    return read.data.Id.slice(0, 15);
  };
  const knownId = (): Promise<string> => {
    organizationId ??= idOf();
    organizationId.catch(() => (organizationId = null));
    return organizationId;
  };
  let parts: Promise<TopicParts & { readonly channel: PubSubChannel }> | null = null;
  const open = async () => {
    const channel = await openPubSub({ url: access.streamUrl, headers: async () => ({ accesstoken: await access.accessToken(), instanceurl: access.credentials.instanceUrl, tenantid: await knownId() }) });
    const typeOf = createSchemas((id) => access.call({ operation: 'get_schema', isIdempotent: true }, (signal) => channel.call('GetSchema', { schema_id: id }, signal)));
    const decode: TopicParts['decode'] = async ({ schemaId, payload, replayId }) => {
      const type = await typeOf(schemaId);
      try {
        return { replayId, change: decodeEvent(type, payload) };
      } catch {
        return { replayId, change: null };
      }
    };
    return { access, channel, currency: access.settings.currency ?? null, decode };
  };
  const opened = () => {
    parts ??= open();
    return parts;
  };

  return {
    async streams() {
      const id = await knownId();
      return topics.map((topic) => `${id} ${topic}`);
    },
    follow: async (stream, options) => followTopic(await opened(), stream.slice(stream.indexOf(' ') + 1), { ...options, signal: AbortSignal.any([options.signal, closing.signal]) }),
    historySince: cursorSince,
    close() {
      closing.abort();
      void parts?.then(({ channel }) => channel.close()).catch(() => undefined);
    },
  };
}
