import type { Question } from '../../platform/graphql/call.ts';
import { statement } from '../../platform/postgres/statement.ts';

const byAction = statement<{ actionId: string; version: number }>('models_of_actions', 'select action_id as "actionId", version from scoring_model where tenant_id = $1 and action_id = any($2::uuid[])');
const byVersion = statement<{ actionId: string | null; version: number }>('actions_of_models', 'select action_id as "actionId", version from scoring_model where tenant_id = $1 and version = any($2::int[])');

/** The version of the scoring model that an action published; null where it published none. */
export const publishedByAction: Question<string, number | null> = {
  name: 'models_of_actions',
  async load(call, ids) {
    const found = new Map((await call.read.rows(byAction, [call.tenantId, ids])).map(({ actionId, version }) => [actionId, version]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The action that published a version of the scoring model; null where an administrator published it directly. */
export const promotedByVersion: Question<number, string | null> = {
  name: 'actions_of_models',
  async load(call, versions) {
    const found = new Map((await call.read.rows(byVersion, [call.tenantId, versions])).map(({ actionId, version }) => [version, actionId]));
    return versions.map((version) => found.get(version) ?? null);
  },
};
