export type { LineageKind } from './lineage-kind.ts';
export { lineageResolvers, type LineageOwner } from './lineage.resolver.ts';
