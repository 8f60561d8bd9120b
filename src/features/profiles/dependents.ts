import type { Work } from '../../platform/postgres/work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { dependentsOf, type LineageRef } from '../lineage/index.ts';
import type { SourceItem } from './source-items.ts';

/** Something that was derived from an item. */
export interface Dependent extends SourceItem {
  readonly name: string | null;
}

const fieldNames = statement<{ id: string; name: string }>('names_of_profile_fields', 'select id, name from profile_field where tenant_id = $1 and id = any($2::uuid[])');

/** What was derived from an item directly. */
export async function directDependents(work: Work, ref: LineageRef): Promise<Dependent[]> {
  const refs = await dependentsOf(work, [ref]);
  const fields = refs.filter(({ type }) => type === 'ProfileField').map(({ id }) => id);
  const rows = fields.length > 0 ? await work.rows(fieldNames, [work.tenantId, fields]) : [];
  const names = new Map(rows.map((row) => [row.id, row.name]));
  return refs.map(({ type, id }) => ({ type, id, name: names.get(id) ?? null }));
}
