export { heldStages, publishStageCatalogue, rederiveTask } from './publish-stage-catalogue.ts';
export { namedStage, type StageCatalogue, type StageMeaning } from './stage-catalogue.ts';
export { currentStages, stageKindSql, stagesInForce } from './stage-catalogue.queries.ts';
export { stageKey } from './stage-key.ts';
export { StageKind } from './stage-kind.ts';
export { stageCataloguePublished } from './stages.events.ts';
