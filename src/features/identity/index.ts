export { contactMerged, contactUnmerged, identityEvents } from './identity.events.ts';
export { mayMerge } from './identity.policy.ts';
export type { MergeKind } from './lock-groups.ts';
export { mergeNodes, type MergeDecision } from './merge-nodes.ts';
export { peopleOfContacts } from './merged-people.ts';
export { unmergeNodes, type UnmergeDecision } from './unmerge-nodes.ts';
