import { StageHistoryResolver } from './stage-history.resolver.ts';

/** What the CRM's history adds to the graph. */
export const crmResolvers: readonly (new () => object)[] = [StageHistoryResolver];
