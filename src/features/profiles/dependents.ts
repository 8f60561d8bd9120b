import type { Work } from '../../platform/postgres/work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { dependentsOf, orphansOf, type LineageRef } from '../lineage/index.ts';
import type { SourceItem } from './source-items.ts';

/** Something that was derived from an item. */
export interface Dependent extends SourceItem {
  readonly name: string | null;
}

const fieldNames = statement<{ id: string; name: string }>('names_of_profile_fields', 'select id, name from profile_field where tenant_id = $1 and id = any($2::uuid[])');

async function named(work: Work, refs: readonly LineageRef[]): Promise<Dependent[]> {
  const fields = refs.filter(({ type }) => type === 'ProfileField').map(({ id }) => id);
  const rows = fields.length > 0 ? await work.rows(fieldNames, [work.tenantId, fields]) : [];
  const names = new Map(rows.map((row) => [row.id, row.name]));
  return refs.map(({ type, id }) => ({ type, id, name: names.get(id) ?? null }));
}

/** What was derived from an item directly. */
export async function directDependents(work: Work, ref: LineageRef): Promise<Dependent[]> {
  return named(work, await dependentsOf(work, [ref]));
}

/** How many levels below a deleted item are looked at. */
const deepest = 100;

/** What would have no origin left without an item, directly or by way of others. One statement per level. */
export async function orphansBelow(work: Work, ref: LineageRef): Promise<Dependent[]> {
  const lost: LineageRef[] = [ref];
  for (let level = 0; level < deepest; level += 1) {
    const more = await orphansOf(work, lost);
    if (more.length === 0) break;
    lost.push(...more);
  }
  return named(work, lost.slice(1));
}
