export { assessHealth, type Assessment, type JudgedKpi } from './assess-health.ts';
export { HealthCategory, HealthSource, KpiStatus } from './enums.ts';
export { healthModelPublished, healthUpdated } from './health.events.ts';
export { accountHealthLineage, healthRule, healthTrendLineage, kpiLineage } from './health-lineage-kinds.ts';
export type { CategoryScores } from './health-score.ts';
export { publishHealthModel } from './publish-health-model.ts';
export { defaultHealthModel } from './default-health-model.ts';
