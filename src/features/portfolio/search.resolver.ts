import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { search, type SearchRow } from './search.ts';
import { SearchHitConnection } from './search.type.ts';

/** The search across accounts and contacts. */
@Resolver()
export class SearchResolver {
  @Query(() => SearchHitConnection, { description: 'Accounts and contacts of the present, the best match first: accounts by a part of their name, domain, owner, CSM or external reference, and by names that resemble the text; contacts by the beginnings of the words of their name. At most 200 of each kind are ranked; `totalCount` counts those that are left.' })
  search(@Ctx() call: Call, @Arg('text', () => String, { description: 'What to look for: 2 to 200 characters; case and accents are ignored.' }) text: string, @Args(() => PageArgs) page: PageArgs): Promise<Page<SearchRow>> {
    return search(call, text, page);
  }
}
