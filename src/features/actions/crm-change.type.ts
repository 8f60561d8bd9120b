import { Field, ID, InputType, Float, ObjectType } from 'type-graphql';
import { DateTime, Day } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { Action, ActionActor } from './action.type.ts';
import { CrmChangeKind, CrmSystem, UndoStatus } from './enums.ts';
import { NotPermitted } from './result.type.ts';

/** A field that a CRM change writes. */
@ObjectType('CrmFieldChange', { description: 'A field that a CRM change writes. Texts are null if the caller\'s roles do not read drafts. An erasure replaces names by `[erased]`.', simpleResolvers: true })
export class CrmFieldChange {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Which: `nextStep`, `task.subject`, `task.description`, `task.dueOn`, `stageNote`.' })
  field!: string;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'The value in the CRM when the evidence was frozen; null if it had none.' })
  before!: string | null;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'The value to write.' })
  after!: string | null;
}

/** The undo of a CRM change. */
@ObjectType('CrmUndo', { description: 'The undo of an executed CRM change.', simpleResolvers: true })
export class CrmUndo {
  @Field(() => UndoStatus, { description: 'Its status.' })
  status!: UndoStatus;

  @Field(() => ActionActor, { description: 'The person who requested it.' })
  requestedBy!: ActionActor;

  @Field(() => DateTime, { description: 'When it was requested. UTC.' })
  requestedAt!: string;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Why it failed, as a code: `CHANGED_SINCE` (the record was changed after the write), `WORDS_ERASED` (an erasure took a name out of its words), `REFUSED_OUTSIDE` (the CRM refused), `ATTEMPTS_USED_UP` (the CRM did not answer); null unless it failed.' })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was undone; null until then. UTC.' })
  undoneAt!: string | null;
}

/** What was written. */
@ObjectType('CrmWrite', { description: 'What an executed CRM change wrote.', simpleResolvers: true })
export class CrmWrite {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Type of the record that was written, as the CRM names it: `Task`, `Note`, `Opportunity`, `tasks`, `notes`, `deals`.' })
  recordType!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The id of that record in the CRM.' })
  externalId!: string;

  @Field(() => DateTime, { description: 'When it was written. UTC.' })
  writtenAt!: string;

  @Field(() => CrmUndo, { nullable: true, description: 'Its undo; null if none was requested.' })
  undo!: CrmUndo | null;
}

/** A CRM change. */
@ObjectType('CrmChange', { description: 'What an action changes in a CRM.', simpleResolvers: true })
export class CrmChange {
  @Field(() => CrmChangeKind, { description: 'What it does.' })
  kind!: CrmChangeKind;

  @Field(() => CrmSystem, { description: 'The CRM.' })
  system!: CrmSystem;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The id of the opportunity in the CRM.' })
  externalId!: string;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The name of the opportunity in the CRM when the evidence was frozen; null when it had none.' })
  recordName!: string | null;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'Its stage there when the evidence was frozen; null when unknown.' })
  stage!: string | null;

  @Field(() => [CrmFieldChange], { description: 'What it writes, with what was there before.' })
  fields!: CrmFieldChange[];

  @Field(() => Boolean, { description: 'Whether `before` and `after` are null because the caller\'s roles do not read drafts.' })
  masked!: boolean;
}

/** A task that is to be created. */
@InputType('CrmTaskInput', { description: 'A task to create at an opportunity.' })
export class CrmTaskInput {
  @Field(() => String, { description: 'What is to be done: one line of at most 255 characters.' })
  subject!: string;

  @Field(() => String, { nullable: true, description: 'Details; at most 10,000 characters.' })
  description?: string | null;

  @Field(() => Day, { nullable: true, description: 'The due day, between 1700-01-01 and 4000-12-31. When left out, a task in Salesforce has none, and a task in HubSpot is due when the change is approved.' })
  dueOn?: string | null;
}

/** A CRM change that somebody proposes. */
@InputType('ProposeCrmChangeInput', { description: 'A change of an opportunity in a CRM. Give exactly one of `task`, `nextStep` and `stageNote`.' })
export class ProposeCrmChangeInput {
  @Field(() => ID, { description: 'The opportunity. It must have an external reference of the CRM.' })
  opportunityId!: string;

  @Field(() => CrmSystem, { nullable: true, description: 'The CRM; may be left out if only one knows the opportunity.' })
  system?: CrmSystem | null;

  @Field(() => CrmTaskInput, { nullable: true, description: 'A task to create.' })
  task?: CrmTaskInput | null;

  @Field(() => String, { nullable: true, description: 'The new next step: one line of at most 255 characters.' })
  nextStep?: string | null;

  @Field(() => String, { nullable: true, description: 'A note about its stage; at most 10,000 characters.' })
  stageNote?: string | null;

  @Field(() => String, { description: 'Why the change is right, for the approver; at most 10,000 characters.' })
  reasoning!: string;

  @Field(() => Float, { description: 'Confidence that the change is right, 0 to 1. The risk is MEDIUM from 0.7 on, otherwise HIGH. Machine-stated confidence is capped at 0.6.' })
  confidence!: number;
}

/** What proposing a CRM change returns. */
export const ProposeCrmChangeResult = resultUnion('ProposeCrmChangeResult', 'The proposed action, or why none was proposed.', [Action, NotPermitted]);
/** What undoing returns. */
export const UndoActionResult = resultUnion('UndoActionResult', 'The action whose undo was requested, or why it was not.', [Action, NotPermitted]);
