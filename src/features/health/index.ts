export { assessHealth, type Assessment, type AssessmentOrder, type JudgedKpi } from './assess-health.ts';
export { HealthCategory, HealthSource, HealthSourceReason, KpiStatus } from './enums.ts';
export { healthModelPublished, healthUpdated } from './health.events.ts';
export { accountHealthLineage, healthRule, healthTrendLineage, kpiLineage, turnHealthId } from './health-lineage-kinds.ts';
export type { CategoryScores } from './health-score.ts';
export { holdHealthModel, publishHealthModel, reassessTask } from './publish-health-model.ts';
export { reassessTenant, reassessTenants } from './reassess.ts';
export { storeHealth } from './store-health.ts';
export { defaultHealthModel } from './default-health-model.ts';
