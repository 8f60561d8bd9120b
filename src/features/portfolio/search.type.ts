import { Field, Float, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { Shows } from '../../platform/graphql/shows.ts';

/** Where a search found its text. */
export const SearchField = graphEnum('SearchField', 'Where a search found its text.', {
  NAME: 'In the name of the account or contact.',
  DOMAIN: 'In the domain of the account\'s website.',
  OWNER: 'In the name of the account\'s owner.',
  CSM: 'In the name of the account\'s customer success manager.',
  EXTERNAL_REF: 'In what another system calls the account.',
  EMAIL: 'In the contact\'s e-mail address, which only a whole address finds, and only for roles that see addresses.',
});

/** A place where a search found its text. */
@ObjectType('SearchMatch', { description: 'A place where a search found its text.', simpleResolvers: true })
export class SearchMatch {
  @Field(() => SearchField, { description: 'Where.' })
  field!: keyof typeof SearchField;

  @Shows('TEXT')
  @Field(() => String, { description: 'The text that is there.' })
  text!: string;
}

/** Something that a search found. */
@ObjectType('SearchHit', { description: 'Something that a search found.', simpleResolvers: true })
export class SearchHit {
  @Field(() => Float, { description: 'How well it answers what was searched for, 0 to 1: 1 for the same text, from 0.9 where the text begins so, from 0.8 where a word does, from 0.6 where the text has it anywhere, less where it only resembles it.' })
  score!: number;

  @Field(() => [SearchMatch], { description: 'Where it was found, best first.' })
  matched!: SearchMatch[];

  @Field(() => Node, { description: 'What was found: an Account or a Contact.' })
  node!: NodeRow;
}

/** The connection type of hits. */
export const SearchHitConnection = connectionType('SearchHit', () => SearchHit);
