import type { Question } from '../../platform/graphql/call.ts';
import { momentOf } from '../../platform/moment.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountColumns, toAccount, type RawAccount } from './account.queries.ts';
import type { AccountRow } from './account.type.ts';
import type { AccountRecord, RecordRow } from './record.ts';

/** One version of a row: it was current from `version` on, which is the instant as PostgreSQL writes it. */
export interface VersionKey {
  readonly id: string;
  readonly version: string;
}

/** How versions of many instants are read by one statement, unlike `x_as_of`, which is about one. */
const versionsOf = (table: string, columns: string, join = ''): string =>
  `select asked.place, found.* from unnest($2::uuid[], $3::timestamptz[]) with ordinality as asked(id, version, place) cross join lateral (
     select ${columns} from ${table} t ${join} where t.tenant_id = $1 and t.id = asked.id and t.sys_from <= asked.version
     union all
     select ${columns} from ${table}_history t ${join} where t.tenant_id = $1 and t.id = asked.id and t.sys_from <= asked.version and t.sys_to > asked.version
     limit 1) found`;

/**
 * The instant from which on a version was current, in the one form of instants; with microseconds only if it has such.
 * PostgreSQL writes it one way as text, and another in JSON.
 */
function instantOf(version: string): string {
  const [matched, day = '', time = '', fraction = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00(?::00)?$/.exec(version) ?? [];
  if (!matched) throw new Error('a version is not named by an instant');
  return `${day}T${time}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}Z`;
}

const identity = ({ id, version }: VersionKey): string => `${id} ${version}`;

/** Rows of a kind of record as they were in a version; null for one that is gone. */
export function recordVersions(record: AccountRecord): Question<VersionKey, RecordRow | null> {
  const name = `versions_of_${record.table}`;
  const versions = statement<RecordRow & { readonly place: number }>(name, versionsOf(record.table, record.source.columns, record.join));
  return {
    name,
    identity,
    async load(call, keys) {
      const rows = await call.read.rows(versions, [call.tenantId, keys.map(({ id }) => id), keys.map(({ version }) => version)]);
      const found = new Map(rows.map((row) => [row.place, row]));
      return keys.map(({ version }, index) => {
        const row = found.get(index + 1);
        if (!row) return null;
        return record.finish(row, call, momentOf(instantOf(version)));
      });
    },
  };
}

const accounts = statement<RawAccount & { readonly place: number }>('versions_of_account', versionsOf('account', accountColumns));

/** Accounts as they were in a version; null for one that is gone. */
export const accountVersions: Question<VersionKey, AccountRow | null> = {
  name: 'versions_of_account',
  identity,
  async load(call, keys) {
    const rows = await call.read.rows(accounts, [call.tenantId, keys.map(({ id }) => id), keys.map(({ version }) => version)]);
    const found = new Map(rows.map((row) => [row.place, row]));
    return keys.map(({ version }, index) => {
      const row = found.get(index + 1);
      return row ? toAccount(row, call, momentOf(instantOf(version))) : null;
    });
  },
};
