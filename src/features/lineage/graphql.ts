export type { LineageKind } from './lineage-kind.ts';
export { lineageResolvers, type LineageOwner, type TrustOwner } from './lineage.resolver.ts';
