export { contextEvents } from './context.events.ts';
export { contextCache, refreshedContexts } from './context.queries.ts';
export { briefOf, type Brief, type BriefLine } from './brief.ts';
export { contextRuleForms, defaultContextRules, type ContextRules, type ContextRuleSet, type FreshnessRules, type RuleParameters } from './context-rules.ts';
export { deriveValues, derivedValueKinds, type DerivedRule, type DerivedValueDeclaration, type DerivedValues } from './derived-values.ts';
export type { DealHealth, HealthReason } from './deal-health.ts';
export type { ContextFacts, EvidenceRef } from './facts.ts';
