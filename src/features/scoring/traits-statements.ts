import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statedAtInstants, type AccountAtInstant } from '../accounts/index.ts';

const kept = 't.id, t.account_id as "nodeId", t.recorded_at as at';

/** Traits derive from the statements that the account's industry, region and size were known by when they were kept. */
export const traitsColumns = statedAtInstants({
  name: 'score_traits',
  fields: ['industry', 'region', 'employeeCount'],
  byIds: datedStatement<AccountAtInstant>('instants_of_traits', 2, (table) => `select ${kept} from ${table('score_traits')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`),
  ofAccount: datedStatement<AccountAtInstant>(
    'traits_since_statement',
    3,
    (table) => `select ${kept} from ${table('score_traits')} t where t.tenant_id = $1 and t.recorded_at >= $3
      and (t.account_id = $2 or t.account_id in (select m.id from node_identity s join node_identity m on m.tenant_id = s.tenant_id and m.survivor_id = s.survivor_id where s.tenant_id = $1 and s.id = $2)) order by t.recorded_at, t.id`,
  ),
});
