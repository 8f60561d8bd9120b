import { Kind, type GraphQLResolveInfo } from 'graphql';
import { ask, type AsOf, type Call } from '../../platform/graphql/call.ts';
import { idAt, type NodeRow } from '../../platform/graphql/node.ts';
import { accountById, accountRecords } from '../accounts/index.ts';
import type { EvidenceRef } from './facts.ts';

const recordsByType = new Map(accountRecords.map((record) => [record.type, record]));
/** Fields that a reference answers by itself. */
const keyFields: ReadonlySet<string> = new Set(['id', '__typename']);

/** Whether nothing but ids is selected below a field, so that the nodes need not be read. */
function onlyIds({ fieldNodes }: Pick<GraphQLResolveInfo, 'fieldNodes'>): boolean {
  return fieldNodes.every(({ selectionSet }) => selectionSet?.selections.every((each) => each.kind === Kind.FIELD && keyFields.has(each.name.value)));
}

/** The nodes behind evidence, as of the same instant and in the same order; one statement for each type, and none where only ids are selected. */
export async function evidenceNodes(call: Call, refs: readonly EvidenceRef[], asOf: AsOf, info: Pick<GraphQLResolveInfo, 'fieldNodes'>): Promise<NodeRow[]> {
  if (onlyIds(info)) return refs.map(({ type, id }) => ({ __typename: type, id: idAt(type, id, asOf), uuid: id, asOf }));
  const found = await Promise.all(refs.map(({ type, id }): Promise<NodeRow | null> => {
    const record = recordsByType.get(type);
    return record ? ask(call, record.byId, asOf, id) : ask(call, accountById, asOf, id);
  }));
  return found.filter((row) => row !== null);
}
