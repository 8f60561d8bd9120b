import type { Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { ContextRefreshRow, ContextRefreshStatus, RefreshedSection } from './refresh.type.ts';
import { contextSections, type ContextSectionName, type SectionFetchOutcome } from './sections.ts';

interface Raw {
  readonly uuid: string;
  readonly accountId: string;
  readonly status: ContextRefreshStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly fetches: readonly { readonly section: ContextSectionName; readonly outcome: SectionFetchOutcome; readonly errorCode: string | null }[];
}

const byIds = statement<Raw>(
  'context_refreshes_by_id',
  `select r.id as uuid, r.account_id as "accountId", r.status, r.started_at as "startedAt", r.ended_at as "endedAt",
     (select coalesce(json_agg(json_build_object('section', f.section, 'outcome', f.outcome, 'errorCode', f.error_code)), '[]'::json) from context_fetch f where f.tenant_id = r.tenant_id and f.refresh_id = r.id) as fetches
   from context_refresh r where r.tenant_id = $1 and r.id = any($2::uuid[])`,
);

/** The refresh of an id; null where the tenant has none. */
export const refreshById: Question<string, ContextRefreshRow | null> = {
  name: 'context_refreshes_by_id',
  async load(call, ids) {
    const found = new Map((await call.read.rows(byIds, [call.tenantId, ids])).map((raw) => [raw.uuid, toRefresh(raw)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

function toRefresh({ fetches, ...raw }: Raw): ContextRefreshRow {
  const sections = contextSections.map(({ name }): RefreshedSection => {
    const fetch = fetches.find(({ section }) => section === name);
    return { name, status: fetch?.outcome ?? 'WAITING', error: fetch?.errorCode ?? null };
  });
  const progress = { done: fetches.length, total: sections.length, failed: fetches.filter(({ outcome }) => outcome === 'FAILED').length };
  return asNode('ContextRefresh', { ...raw, sections, progress }, null);
}
