import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, Json } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { OriginClass } from '../trust/index.ts';

/** How a statement is meant. */
export const SourceStatementMode = graphEnum('SourceStatementMode', 'How a statement is meant.', {
  PATCH: 'A field that it leaves out is not spoken of.',
  REPLACE: 'A field that it leaves out has no value.',
  RETIRE: 'The account or record has ended.',
});

/** What a source said. */
@ObjectType('SourceStatement', { implements: Node, simpleResolvers: true, description: 'What a source said about an account or a record. Immutable; kept also where another source or a later statement wins.' })
export class SourceStatement extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The source: `salesforce`; `manual` for a person.' })
  source!: string;

  @Field(() => SourceStatementMode, { description: 'How it is meant.' })
  mode!: keyof typeof SourceStatementMode;

  @Field(() => DateTime, { description: 'When it was true, as the source says; when it arrived if the source does not say. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the source last changed what it says; null where that is `occurredAt`. UTC.' })
  modifiedAt!: string | null;

  @Field(() => DateTime, { description: 'When the system learned it. UTC.' })
  recordedAt!: string;

  @Field(() => OriginClass, { description: 'Where it comes from: the channel that delivered it, lowered by the kind of text that it holds.' })
  origin!: OriginClass;

  @Shows('AUDIT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Who delivered it: the kind and id of the caller; `upgrade` for what was known before statements were kept. Null for roles that do not see the audit log.' })
  statedBy!: string | null;

  @Field(() => Boolean, { description: 'Whether something in it is still the latest that its source said. It can nevertheless lose against another source; see `contradictions`.' })
  isCurrent!: boolean;

  @Shows('TEXT', { atRow: true })
  @Field(() => Json, { description: 'Its fields by name, each in the form that it has in the graph; null says that there is no value. Of RETIRE, the `reason`. Values are masked for roles that do not see people\'s addresses.' })
  fields!: Record<string, unknown>;
}

/** A statement as resolvers pass it on. */
export interface SourceStatementRow extends NodeRow, ListedRow, Omit<SourceStatement, 'id'> {
  readonly nodeType: string;
  readonly nodeId: string;
}

/** A page of statements. */
export const SourceStatementConnection = connectionType('SourceStatement', () => SourceStatement);

/** Which statements to list. */
@InputType('SourceStatementFilter', { description: 'Which statements to list; conditions are joined by AND.' })
export class SourceStatementFilter {
  @Field(() => [String], { nullable: true, description: 'Of one of these sources.' })
  sources?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'That speak of one of these fields, named as in the graph. A REPLACE speaks of all.' })
  fields?: string[] | null;
}
