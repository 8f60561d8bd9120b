import { AccountContextResolver, ContextOfAccountResolver } from './context.resolver.ts';

/** What the context adds to the graph. */
export const contextResolvers: readonly (new () => object)[] = [ContextOfAccountResolver, AccountContextResolver];
