import { AccountStatsResolver } from './account-stats.resolver.ts';
import { PortfolioResolver } from './portfolio.resolver.ts';
import { SearchResolver } from './search.resolver.ts';
import { tenantListResolvers } from './tenant-lists.ts';

/** What the portfolio adds to the graph: lists, figures and search across accounts. */
export const portfolioResolvers: readonly (new () => object)[] = [PortfolioResolver, AccountStatsResolver, SearchResolver, ...tenantListResolvers];
