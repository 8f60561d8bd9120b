import { GraphQLInt } from 'graphql';
import { Field, InputType, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { ConsiderationReason } from './consideration.enums.ts';
import { Shows } from '../../platform/graphql/shows.ts';

/** An account that is high and not proposed. */
@ObjectType(temporalType('Consideration'), {
  implements: TemporalNode, simpleResolvers: true,
  description: 'An account whose intent is high and for which the program proposes no action, with the reason. There is one for each such account; it is removed when intent falls below the threshold or an action is proposed.',
})
export class Consideration extends TemporalNode {
  @Field(() => ConsiderationReason, { description: 'Why no action is proposed. If several reasons hold, the one that is checked first.' })
  reason!: ConsiderationReason;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The reason in a sentence or two, with when the account is considered again. Holds no personal data.' })
  explanation!: string;

  @Field(() => DateTime, { description: 'Since when this reason holds. UTC.' })
  since!: string;

  @Field(() => DateTime, { description: 'When the account was last considered with a new result. UTC.' })
  consideredAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the account is considered again if nothing else happens first. Null when only a change can free it: a consent, a contact, a status, a ticket, a flag, a signal, a policy. UTC.' })
  retryAt!: string | null;

  @Field(() => GraphQLInt, { description: 'Version of the outreach policy that was in force; 0 for the program\'s defaults.' })
  policyVersion!: number;
}

/** A consideration as resolvers pass it on. */
export interface ConsiderationRow extends NodeRow, ListedRow, Omit<Consideration, keyof TemporalNode> {
  readonly accountId: string;
  readonly scorePointId: string;
}

/** A page of considerations. */
export const ConsiderationConnection = connectionType('Consideration', () => Consideration);

const ConsiderationOrderField = graphEnum('ConsiderationOrderField', 'What a list of considerations can be ordered by.', { SINCE: 'By since when the reason holds.' });

/** The orderBy input of a list of considerations. */
export const ConsiderationOrder = orderInput('Consideration', ConsiderationOrderField, OrderDirection.ASC);
export type ConsiderationOrder = InstanceType<typeof ConsiderationOrder>;

/** Which considerations to list. */
@InputType('ConsiderationFilter', { description: 'Which considerations to list; conditions are joined by AND.' })
export class ConsiderationFilter {
  @Field(() => [ConsiderationReason], { nullable: true, description: 'With one of these reasons.' })
  reasons?: ConsiderationReason[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Considered again before this instant, if nothing else happens first.' })
  retryBefore?: string | null;
}
