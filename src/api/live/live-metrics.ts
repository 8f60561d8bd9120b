import { counter, gauge } from '../../platform/metrics.ts';

/** Subscriptions open in this process. */
export const liveSubscribers = gauge('live_subscribers', 'Subscriptions open in this process. A rise means more listeners, or listeners that are not let go.', []);
/** Distinct subscriptions open in this process. */
export const liveGroups = gauge('live_groups', 'Distinct subscriptions open in this process: equal ones are executed once. When it rises with live_subscribers, clients ask for different things, and each event costs more.', []);
/** Tenants that this process follows. */
export const liveTenants = gauge('live_tenants_followed', 'Tenants whose facts this process reads for its subscriptions. A rise means more tenants with listeners here.', []);
/** Executions of subscriptions for new facts. */
export const liveExecutions = counter('live_executions_total', 'Executions of subscriptions for new facts. When it rises as fast as live_events_sent_total, little is shared.', []);
/** Events handed to subscribers. */
export const liveEventsSent = counter('live_events_sent_total', 'Events handed to subscribers, the present state and replayed ones included. It stands still when nothing happens, or when no bridge or feed runs.', []);
/** Subscribers that were told that they fell behind. */
export const liveLagged = counter('live_lagged_total', 'Times a subscriber was told that it fell behind and events were left out. A rise means slow readers, or more events than this process can execute.', []);
