import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { ContextSectionName, SectionFetchOutcome } from './sections.ts';

/** How far a refresh has come. */
export const ContextRefreshStatus = graphEnum('ContextRefreshStatus', 'How far the refresh of a context has come.', {
  RUNNING: 'Sections are being fetched.',
  DONE: 'Every section was fetched or its fetch failed; derived values and the cached context are up to date.',
});
export type ContextRefreshStatus = keyof typeof ContextRefreshStatus;

/** What became of one section. */
@ObjectType('RefreshedSection', { description: 'What became of one section in the refresh of a context.', simpleResolvers: true })
export class RefreshedSection {
  @Field(() => ContextSectionName, { description: 'Which section.' })
  name!: ContextSectionName;

  @Field(() => SectionFetchOutcome, { description: 'What became of its fetch.' })
  status!: SectionFetchOutcome;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Code of the failure, such as `TIMEOUT`; null unless FAILED.' })
  error!: string | null;
}

/** How far a refresh has come, in sections. */
@ObjectType('ContextRefreshProgress', { description: 'How far the refresh of a context has come, in sections.', simpleResolvers: true })
export class ContextRefreshProgress {
  @Field(() => GraphQLInt, { description: 'Sections that are settled, those that failed included.' })
  done!: number;

  @Field(() => GraphQLInt, { description: 'Sections in all.' })
  total!: number;

  @Field(() => GraphQLInt, { description: 'Sections whose fetch failed.' })
  failed!: number;
}

/** A job that fetches the sections of a context. */
@ObjectType('ContextRefresh', { implements: Node, simpleResolvers: true, description: 'A job that fetches the sections of an account\'s context from their sources. An account has one at a time.' })
export class ContextRefresh extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => ContextRefreshStatus, { description: 'How far it has come.' })
  status!: ContextRefreshStatus;

  @Field(() => ContextRefreshProgress, { description: 'How far it has come, in sections.' })
  progress!: ContextRefreshProgress;

  @Field(() => [RefreshedSection], { description: 'Every section, in the order of the context.' })
  sections!: RefreshedSection[];

  @Field(() => DateTime, { description: 'When it was started. UTC.' })
  startedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs. UTC.' })
  endedAt!: string | null;
}

/** A refresh as resolvers are given it. */
export interface ContextRefreshRow extends NodeRow, Omit<ContextRefresh, 'id'> {
  readonly accountId: string;
}

/** Whose context to fetch. */
@InputType('RefreshContextInput', { description: 'Whose context to fetch.' })
export class RefreshContextInput {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;
}

/** What `refreshContext` returns. */
export const RefreshContextResult = resultUnion('RefreshContextResult', 'The job, or why there is none.', [ContextRefresh]);
