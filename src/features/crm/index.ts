export { deriveAfterStatements } from './derive-after-statements.ts';
export { deriveStageSignals, reportKey, type DerivedStages } from './derive-stage-signals.ts';
export { noteRequests } from './requests-of-deals.ts';
export { rederiveStages } from './rederive-stages.ts';
export { digestOf, saveStageReports, stageStatements, type NewStageReport } from './stage-statements.ts';
