export { dependentsOf, type TenantSql } from './dependents.ts';
export { declareLineageKind, type ColumnEdge, type ColumnEdges, type LineageDescription, type LineageKind, type LineageKindDeclaration, type LineageLink, type LineageRef, type TrustDeclaration } from './lineage-kind.ts';
export { recordDerivations, removeDerivations, type Derivation, type DerivationRule } from './record-derivations.ts';
export type { TrustSource } from './lineage-engine.ts';
export { lineageOwner, type LineageOwner, type TrustOwner } from './lineage.resolver.ts';
export { trustInWork, type NodeTrust } from './trust-of-nodes.ts';
export { directLineage, type DirectDerivation } from './direct-lineage.ts';
export { ChainBudget, costOfChain, costOfGraph, LineageBudget } from './lineage-budget.ts';
export { LineageGraph, LineageNode, LineageRule, LineageType, type LineageNodeRow } from './lineage.type.ts';
