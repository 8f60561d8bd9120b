import type { z } from 'zod';
import type { Id } from '../../platform/ids.ts';
import type { Seal, Subject } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ActionContent } from './action-content.ts';
import type { FrozenEvidence } from './action.queries.ts';
import type { Approval } from './approval.ts';
import type { LockedAction } from './change-action.ts';
import type { CrmTarget, CrmWriting } from './crm-writing.ts';
import type { OpenAction } from './decide-action.ts';
import type { ActionType } from './enums.ts';
import type { GatheredEvidence } from './evidence.ts';
import type { Outreach } from './outreach.ts';
import type { OutreachPolicy } from './outreach-policy.ts';
import type { Promotion } from './promotion.ts';

/** What evidence is gathered about. */
export interface ActionAbout {
  /** Null for a type that concerns the tenant. */
  readonly accountId: Id<'Account'> | null;
  /** Null for an action that is addressed to no person. */
  readonly contactId: string | null;
  readonly subjectId: Id<'Subject'>;
  /** Null once the person has been erased. */
  readonly subject: Subject | null;
  readonly content: ActionContent | null;
  /** The record that a CRM change is about, as it is at the vendor now, or as it was frozen; null for other types. */
  readonly target: CrmTarget | null;
  /** What a promotion publishes, as it is proposed, or as it was frozen; absent for other types. */
  readonly promotion?: Promotion | undefined;
}

/** What ends an action instead of an approval, or instead of its execution. */
export interface ActionEnd {
  readonly to: 'CANCELLED' | 'STALE';
  /** A code of the program's own. */
  readonly reason: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** What keeps an approved action from being executed now. */
export type Hindrance =
  | { readonly kind: 'CANCEL'; readonly reason: string; readonly inputs?: Readonly<Record<string, unknown>> }
  | { readonly kind: 'WAIT'; readonly reason: string; readonly dueAt: string; readonly inputs: Readonly<Record<string, unknown>> };

/** An approved action that is about to be executed; its rows are locked. */
export interface ApprovedAction {
  readonly action: LockedAction;
  readonly policy: OutreachPolicy;
  readonly frozen: FrozenEvidence | null;
  readonly subject: Subject | null;
  readonly content: ActionContent | null;
}

/** What is to be executed outside. */
export interface ExecutionOrder {
  readonly tenantId: Id<'Tenant'>;
  readonly approval: Approval;
  /** Null only where the outcome of an earlier attempt is asked for, and the person was erased since. */
  readonly content: ActionContent | null;
  readonly target: CrmTarget | null;
}

/** The edges of the world. Only the executor holds them. */
export interface ExecutionEdges {
  readonly outreach: Outreach;
  readonly crm: CrmWriting;
}

/** How an execution went, as far as the outside says. */
export type Ending =
  | { readonly kind: 'SENT'; readonly outsideId: string; readonly written?: { readonly kind: string; readonly id: string } }
  /** `lasting`: another attempt would not help. */
  | { readonly kind: 'REFUSED'; readonly lasting: boolean; readonly reason: string }
  /** It was not attempted, because the outside takes no calls at the moment. */
  | { readonly kind: 'NOT_NOW'; readonly retryAt: string | null }
  /** The record changed since it was frozen; nothing was written. */
  | { readonly kind: 'CONFLICT' }
  | { readonly kind: 'NOT_SENT' }
  | { readonly kind: 'UNKNOWN' };

/**
 * A type of action: what it holds, what its digest covers, when it may be approved and executed, and how. A new type is one
 * such declaration in a file of its own, a line in `action-kinds.ts`, a value of `ActionType` and of the check in the database; and what shows its content.
 * Everything else (claims, four eyes, trust floors, evidence, expiry, audit, at-most-once execution) is the same for all types.
 */
export type ActionKind<Content extends ActionContent = ActionContent> = ActionRules<Content> & (OutsideExecution | OwnExecution);

/** What every type of action declares. */
interface ActionRules<Content extends ActionContent> {
  readonly type: ActionType;
  /** The form of its content. */
  readonly form: z.ZodType<Content>;
  /** The fields that hold free text: an erasure takes names out of them. */
  readonly texts: readonly string[];
  /** Whether deciders may change its words. What may not be changed is rejected and proposed again. */
  readonly isEditable: boolean;
  /** Whether it is about a record of a CRM, which its evidence freezes: that is read again before an approval. */
  readonly readsRecord: boolean;
  /** Gathers the evidence as it stands in this transaction. */
  gather(work: Work, seal: Seal, about: ActionAbout): Promise<GatheredEvidence>;
  /** What ends the action because of what was gathered; null when it goes on waiting. */
  endOf(opened: OpenAction, gathered: GatheredEvidence): ActionEnd | null;
  /** Throws what forbids an approval. */
  checkApproval(work: Work, opened: OpenAction): Promise<void>;
  /** What forbids the execution of an approved action now; null when nothing does. */
  hindrance(work: Work, seal: Seal, approved: ApprovedAction): Promise<Hindrance | null>;
}

/** A type that is executed outside, while no transaction is open. */
export interface OutsideExecution {
  /** Executes it. Throwing, or no answer in time, means that nobody knows whether it was done. */
  execute(edges: ExecutionEdges, order: ExecutionOrder, signal: AbortSignal): Promise<Ending>;
  /** Asks outside what became of an execution that did not answer. */
  lookUp(edges: ExecutionEdges, order: ExecutionOrder, signal: AbortSignal): Promise<Ending>;
  /** Stores what was executed, in the transaction that marks it as done. */
  executed?(work: Work, order: ExecutionOrder, ending: Extract<Ending, { kind: 'SENT' }>): Promise<void>;
}

/** A type that the program executes itself, in the transaction that marks it as done: it is done once, or not at all. */
export interface OwnExecution {
  /** Executes it. CONFLICT: what it rests on changed by now, and nothing was changed. */
  perform(work: Work, approved: ApprovedAction): Promise<Ending>;
}
