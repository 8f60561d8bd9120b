import { Field, ObjectType } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import type { GapSourceName } from './fill-gaps.ts';

/** Where a filled value came from. */
export const GapFillSource = graphEnum('GapFillSource', 'Where the value of a filled gap came from.', {
  PROFILE: 'The profile itself: another of its fields means the same, or somebody filled it meanwhile.',
  SESSION: 'A conversation.',
  CRM: 'A record of the CRM.',
  LLM: 'A document of the profile, read by a language model.',
  TEMPLATE: 'A document of the profile, read by plain rules, since no language model is configured.',
});

/** What became of one missing field. */
@ObjectType('GapFill', { description: 'What became of one field that a scenario requires and the profile lacked.', simpleResolvers: true })
export class GapFill {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field\'s name.' })
  fieldName!: string;

  @Field(() => Boolean, { description: 'Whether the profile has a value now.' })
  filled!: boolean;

  @Field(() => GapFillSource, { nullable: true, description: 'Where the value came from; null when there is none.' })
  source!: GapSourceName | null;

  @Shows('SYSTEM')
  @Field(() => [String], { description: 'Why it was not filled, without repeating a value; empty when it was, and when no source knew anything.' })
  validationErrors!: readonly string[];
}
