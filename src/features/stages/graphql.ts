import { StageCatalogueResolver } from './stage-catalogue.resolver.ts';

/** What stages add to the graph. */
export const stageResolvers: readonly (new () => object)[] = [StageCatalogueResolver];
