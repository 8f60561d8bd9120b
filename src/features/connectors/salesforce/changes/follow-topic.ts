import { z } from 'zod';
import { pause } from '../../../../platform/pause.ts';
import { PlaceLost, type FollowOptions } from '../../outbound/change-feed.ts';
import type { VendorAccess } from '../../outbound/vendor-api.ts';
import type { PubSubChannel } from './channel.ts';
import { portionsOfEvents, type ReceivedEvent } from './portions.ts';
import { grpcStatus, PubSubRefusal } from './pubsub-refusal.ts';

/** Events that Salesforce may send before it is asked for more; it sends no more than 100 together. */
export const mostEvents = 100;
/** Salesforce says within 270 seconds that there are no events: a stream that is silent for longer is dead. Milliseconds. */
const longestSilence = 300_000;
/** Before a stream that worked and was cut is opened again. Milliseconds. */
const reopenAfter = 500;

/** What a topic is followed with. */
export interface TopicParts {
  readonly access: Pick<VendorAccess<unknown, unknown>, 'call'>;
  readonly channel: PubSubChannel;
  readonly currency: string | null;
  /** Decodes an event; null where it has another shape than its schema says. */
  decode(event: { readonly schemaId: string; readonly payload: Buffer; readonly replayId: Buffer }): Promise<ReceivedEvent>;
}

const bytes = z.instanceof(Buffer);
const fetchResponse = z.looseObject({
  events: z.array(z.looseObject({ event: z.looseObject({ schema_id: z.string(), payload: bytes }), replay_id: bytes })),
  latest_replay_id: bytes,
});
const topicInfo = z.looseObject({ can_subscribe: z.boolean() });

/**
 * Follows a topic until the signal ends it. A stream that worked is opened again when it is cut or its token expires; before
 * each, the topic is asked for in a call, which renews the token and is noted as every call is.
 */
export async function followTopic(parts: TopicParts, topic: string, { place: from, signal, take }: FollowOptions): Promise<void> {
  let place = from;
  let refused = 0;
  while (!signal.aborted) {
    const stream = { heard: false };
    try {
      await parts.access.call({ operation: 'get_topic', isIdempotent: true }, async (slot) => {
        const topicRead = topicInfo.safeParse(await parts.channel.call('GetTopic', { topic_name: topic }, slot));
        if (!topicRead.data?.can_subscribe) throw new PubSubRefusal(grpcStatus.permissionDenied);
      });
      await readStream(parts, topic, {
        place, signal, stream,
        take: async (portion) => {
          await take(portion);
          place = portion.place ?? place;
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PubSubRefusal)) throw error;
      if (error.isPlaceLost) throw new PlaceLost();
      refused = stream.heard ? 0 : refused + 1;
      if (refused === 0 ? !isPassing(error) : refused > 1 || !error.isUnauthenticated) await parts.access.call({ operation: 'subscribe', isIdempotent: false }, () => Promise.reject(error));
      await pause(reopenAfter, signal);
    }
  }
}

/** Whether a stream that worked ends so without anything being wrong. */
const isPassing = ({ status, isUnauthenticated }: PubSubRefusal): boolean => isUnauthenticated || status === grpcStatus.unavailable || status === grpcStatus.internal || status === grpcStatus.cancelled;

interface StreamOptions extends FollowOptions {
  readonly stream: { heard: boolean };
}

async function readStream({ channel, currency, decode }: TopicParts, topic: string, { place, signal, take, stream }: StreamOptions): Promise<void> {
  const subscription = await channel.subscribe();
  const stop = (): void => subscription.cancel();
  signal.addEventListener('abort', stop, { once: true });
  let silence = setTimeout(stop, longestSilence);
  try {
    if (signal.aborted) return stop();
    subscription.request({ topic_name: topic, num_requested: mostEvents, ...(place === null ? { replay_preset: 'LATEST' } : { replay_preset: 'CUSTOM', replay_id: place }) });
    for await (const raw of subscription.responses()) {
      clearTimeout(silence);
      stream.heard = true;
      const { events, latest_replay_id: latest } = fetchResponse.parse(raw);
      const received: ReceivedEvent[] = [];
      for (const { event, replay_id: replayId } of events) received.push(await decode({ schemaId: event.schema_id, payload: event.payload, replayId }));
      for (const portion of portionsOfEvents(received, currency)) await take(portion);
      if (events.length === 0) await take({ reading: nothing, place: latest.length > 0 ? latest : null, changes: 0, occurredAt: null, isGap: false });
      // As many as are stored: of 100 events that this program asked for, the others are on their way or wait at Salesforce.
      if (events.length > 0) subscription.request({ topic_name: topic, num_requested: events.length });
      silence = setTimeout(stop, longestSilence);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    stop();
  }
}

const nothing = { accounts: [], records: [], signals: [], deletions: [] };
