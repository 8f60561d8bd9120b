import { ApiKeyResolver } from './api-key.resolver.ts';
import { CallerResolver } from './caller.resolver.ts';
import { LimitsResolver } from './limits.resolver.ts';

export { accessNodes } from './api-key.resolver.ts';

/** What access adds to the graph. */
export const accessResolvers: readonly (new () => object)[] = [ApiKeyResolver, CallerResolver, LimitsResolver];
