import { LlmUsageResolver } from './llm-usage.resolver.ts';

/** What spending adds to the graph. */
export const spendingResolvers: readonly (new () => object)[] = [LlmUsageResolver];
