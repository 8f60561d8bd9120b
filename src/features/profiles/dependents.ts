import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SourceItem } from './source-items.ts';

/** Something that was derived from an item, directly or by way of others. */
export interface Dependent extends SourceItem {
  readonly name: string | null;
}

const derived = statement<Dependent>(
  'dependents_in_profiles',
  `with recursive below(id, name) as (
     select id, name from profile_field where tenant_id = $1 and source_item_type = $2 and source_item_id = $3
     union
     select f.id, f.name from below b join profile_field f on f.tenant_id = $1 and f.source_item_type = 'ProfileField' and f.source_item_id = b.id)
   select 'ProfileField' as type, id, name from below order by id`,
);

/** What was derived from an item, directly or by way of others. */
export function dependentsOf(work: Work, { type, id }: SourceItem): Promise<Dependent[]> {
  return work.rows(derived, [work.tenantId, type, id]);
}
