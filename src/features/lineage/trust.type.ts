import { Field, ObjectType } from 'type-graphql';
import { OriginClass } from '../trust/index.ts';
import { LineageNode, type LineageNodeRow } from './lineage.type.ts';

/** How far an item can be trusted. */
@ObjectType('Trust', { description: 'How far an item can be trusted: as far as the least trusted observation in its whole lineage.', simpleResolvers: true })
export class Trust {
  @Field(() => OriginClass, { nullable: true, description: 'The lowest origin class of all that it derives from, itself included. Exact: no budget cuts the lineage. Null where no observation is in it.' })
  level!: OriginClass | null;

  @Field(() => [LineageNode], { description: 'Why: a shortest way from an observation of that class to the item, which is the last. A score counts as one step from the change that counted the observation. Empty where `level` is null.' })
  because!: LineageNodeRow[];
}
