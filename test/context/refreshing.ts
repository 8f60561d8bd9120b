import { storeDerivedValues, workOnRefresh, type SectionFetcher } from '../../src/features/context/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { dataOf, type Arranged } from '../accounts/arrange.ts';

const fields = '__typename ... on ContextRefresh { id status startedAt endedAt progress { done total failed } account { id } sections { name status error } } ... on UserError { message code path }';
type Answer = Record<string, unknown> & { readonly id: string };

/** Short words for what tests do with refreshes. */
export function contexts(program: Arranged) {
  const ask = async (accountId: string, role: 'analyst' | 'viewer' = 'analyst'): Promise<Answer> =>
    dataOf(await program.query<{ refreshContext: Answer }, { accountId: string }>(`mutation($accountId: ID!) { refreshContext(input: { accountId: $accountId }) { ${fields} } }`, { accountId }, { role })).refreshContext;
  return {
    start: ask,
    refused: ask,
    read: async (id: string): Promise<Answer> => (await program.see<{ node: Answer }>(`query($id: ID!) { node(id: $id) { ${fields.replace('__typename', '')} } }`.replace('... on UserError { message code path }', ''), { id })).node,
    /** Works on a refresh as the job does. */
    work: (id: string, fetchers: readonly SectionFetcher[], timeout = 5_000): Promise<void> => {
      const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' };
      return workOnRefresh({ database: program.database, seal: program.seal, fetchers, timeout, derive: (work, accountIds) => storeDerivedValues(work, program.seal, accountIds, 'RECORDS'), onError: () => undefined }, caller, (parseGlobalId(id)?.id ?? '') as Id<'ContextRefresh'>);
    },
  };
}
