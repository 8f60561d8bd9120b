import { Field, ID, InputType, Float, ObjectType } from 'type-graphql';
import { DateTime, Day } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { Action, ActionActor } from './action.type.ts';
import { CrmChangeKind, CrmSystem, UndoStatus } from './enums.ts';
import { NotPermitted } from './result.type.ts';

/** A field that a CRM change writes. */
@ObjectType('CrmFieldChange', { description: 'A field that a CRM change writes. Texts are null for callers whose roles do not read drafts, and after an erasure.', simpleResolvers: true })
export class CrmFieldChange {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Which: `nextStep`, `task.subject`, `task.description`, `task.dueOn`, `stageNote`.' })
  field!: string;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'As it was in the CRM when the evidence was frozen; null where there was none.' })
  before!: string | null;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'As it is to be.' })
  after!: string | null;
}

/** The undo of a CRM change. */
@ObjectType('CrmUndo', { description: 'The undo of an executed CRM change.', simpleResolvers: true })
export class CrmUndo {
  @Field(() => UndoStatus, { description: 'How far it has come.' })
  status!: UndoStatus;

  @Field(() => ActionActor, { description: 'Who asked for it.' })
  requestedBy!: ActionActor;

  @Field(() => DateTime, { description: 'When it was asked for. UTC.' })
  requestedAt!: string;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Why it failed, as a code: `CHANGED_SINCE` (somebody changed the record since), `WORDS_ERASED` (an erasure took a name out of its words), `REFUSED_OUTSIDE`, `ATTEMPTS_USED_UP`; null unless it failed.' })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was taken back; null while it is not. UTC.' })
  undoneAt!: string | null;
}

/** What was written. */
@ObjectType('CrmWrite', { description: 'What an executed CRM change wrote.', simpleResolvers: true })
export class CrmWrite {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'What the CRM calls the record that was written: `Task`, `Note`, `Opportunity`, `tasks`, `notes`, `deals`.' })
  recordType!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The id of that record in the CRM.' })
  externalId!: string;

  @Field(() => DateTime, { description: 'When it was written. UTC.' })
  writtenAt!: string;

  @Field(() => CrmUndo, { nullable: true, description: 'Its undo; null while nobody asked for one.' })
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

  @Field(() => Boolean, { description: 'Whether the texts are there and the caller\'s roles do not read them.' })
  masked!: boolean;
}

/** A task that is to be created. */
@InputType('CrmTaskInput', { description: 'A task to create at an opportunity.' })
export class CrmTaskInput {
  @Field(() => String, { description: 'What is to be done: one line of at most 255 characters.' })
  subject!: string;

  @Field(() => String, { nullable: true, description: 'More about it; at most 10,000 characters.' })
  description?: string | null;

  @Field(() => Day, { nullable: true, description: 'The day it is due, from 1700 to 4000; when left out, no day in Salesforce, and the day of its creation in HubSpot, which requires one.' })
  dueOn?: string | null;
}

/** A CRM change that somebody proposes. */
@InputType('ProposeCrmChangeInput', { description: 'A change of an opportunity in a CRM. Give exactly one of `task`, `nextStep` and `stageNote`.' })
export class ProposeCrmChangeInput {
  @Field(() => ID, { description: 'The opportunity. It must have an external reference of the CRM.' })
  opportunityId!: string;

  @Field(() => CrmSystem, { nullable: true, description: 'The CRM; may be left out where one alone knows the opportunity.' })
  system?: CrmSystem | null;

  @Field(() => CrmTaskInput, { nullable: true, description: 'A task to create.' })
  task?: CrmTaskInput | null;

  @Field(() => String, { nullable: true, description: 'The new next step: one line of at most 255 characters.' })
  nextStep?: string | null;

  @Field(() => String, { nullable: true, description: 'A note about its stage; at most 10,000 characters.' })
  stageNote?: string | null;

  @Field(() => String, { description: 'Why it is right, for whoever decides; at most 10,000 characters.' })
  reasoning!: string;

  @Field(() => Float, { description: 'How sure that is, 0 to 1; from 0.7 on the risk is MEDIUM, else HIGH. A machine\'s counts as 0.6 at most.' })
  confidence!: number;
}

/** What proposing a CRM change returns. */
export const ProposeCrmChangeResult = resultUnion('ProposeCrmChangeResult', 'The action that was proposed, or why none was.', [Action, NotPermitted]);
/** What undoing returns. */
export const UndoActionResult = resultUnion('UndoActionResult', 'The action, whose undo is requested, or why it is not.', [Action, NotPermitted]);
