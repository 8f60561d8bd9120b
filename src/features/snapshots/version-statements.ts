import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statedAtInstants, type AccountAtInstant } from '../accounts/index.ts';

const kept = 't.id, t.account_id as "nodeId", t.version as at';

/** A version of an account derives from the statements that had won its fields by then. */
export const statedVersions = statedAtInstants({
  name: 'account_versions',
  fields: null,
  byIds: datedStatement<AccountAtInstant>('instants_of_account_versions', 2, (table) => `select ${kept} from ${table('account_version')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`),
  ofAccount: datedStatement<AccountAtInstant>(
    'account_versions_since_statement',
    3,
    (table) => `select ${kept} from ${table('account_version')} t where t.tenant_id = $1 and t.version >= $3
      and (t.account_id = $2 or t.account_id in (select m.id from node_identity s join node_identity m on m.tenant_id = s.tenant_id and m.survivor_id = s.survivor_id where s.tenant_id = $1 and s.id = $2)) order by t.version, t.id`,
  ),
});
