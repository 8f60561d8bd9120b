import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { resultUnion, SuppressedError, typedResult } from '../../platform/graphql/user-error.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { requireRole } from '../access/index.ts';
import { ExternalRef, ExternalRefInput } from '../accounts/index.ts';
import { mayLinkReferences } from './matching.policy.ts';
import { linkReference, unlinkReference, type ReferenceChange } from './link-reference.ts';

/** A reference and the node that it names. */
@InputType('ExternalRefChangeInput', { description: 'An external reference and the node that it names.' })
export class ExternalRefChangeInput {
  @Field(() => ID, { description: 'Global id of an account or of a record: a contact, an opportunity, a ticket.' })
  id!: string;

  @Field(() => ExternalRefInput, { description: 'The external reference.' })
  externalRef!: ExternalRefInput;
}

/** A node's references after a change. */
@ObjectType('ExternalRefChange', { description: 'The external references of a node after a change.', simpleResolvers: true })
export class ExternalRefChangeType {
  @Field(() => ID, { description: 'Global id of the node; of the survivor if the node was merged.' })
  nodeId!: string;

  @Field(() => Boolean, { description: 'Whether anything changed; false if the reference named the node already.' })
  changed!: boolean;

  @Field(() => [ExternalRef], { description: 'All external references of the node, those of nodes merged into it included.' })
  externalRefs!: ExternalRef[];
}

const LinkResult = resultUnion('LinkExternalRefResult', 'The references of the node, or why the reference was not linked.', [ExternalRefChangeType, SuppressedError]);
const UnlinkResult = resultUnion('UnlinkExternalRefResult', 'The references of the node, or why the reference was not unlinked.', [ExternalRefChangeType]);

/** Changes of external references. */
@Resolver()
export class ReferenceMutations {
  @Mutation(() => LinkResult as never, { description: 'Links one more external reference to an account or record. Returns a ConflictError if another node uses the reference. Requires the agent or admin role.' })
  linkExternalRef(@Ctx() call: Call, @Arg('input', () => ExternalRefChangeInput, { description: 'The reference and the node.' }) input: ExternalRefChangeInput): Promise<object> {
    return change(call, 'link external references', (work) => linkReference(work, input));
  }

  @Mutation(() => UnlinkResult as never, { description: 'Unlinks an external reference from an account or record, which keeps at least one. Reads at earlier instants still show it. Requires the agent or admin role.' })
  unlinkExternalRef(@Ctx() call: Call, @Arg('input', () => ExternalRefChangeInput, { description: 'The reference and the node.' }) input: ExternalRefChangeInput): Promise<object> {
    return change(call, 'unlink external references', (work) => unlinkReference(work, input));
  }
}

function change(call: Call, doing: string, body: (work: Work) => Promise<ReferenceChange>): Promise<object> {
  return typedResult(async () => {
    requireRole(call, mayLinkReferences, doing);
    return { __typename: 'ExternalRefChange', ...(await call.transact(body)) };
  });
}
