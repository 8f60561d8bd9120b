/** The consumer groups of the bus; those of roles bear their names. */
export const consumerGroups: readonly string[] = ['context-engine', 'orchestration', 'executor', 'live-bridge', 'cache-invalidation', 'snapshot-triggers', 'matching'];
