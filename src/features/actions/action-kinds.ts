import type { ActionKind } from './action-kind.ts';
import { crmChangeAction } from './crm-change-action.ts';
import { emailAction } from './email-action.ts';
import { promoteModelAction } from './promote-model-action.ts';
import type { ActionType } from './enums.ts';

/** Every type of action, declared here and nowhere else. */
const actionKinds: Readonly<Record<ActionType, ActionKind>> = { EMAIL: emailAction, CRM_CHANGE: crmChangeAction, PROMOTE_MODEL: promoteModelAction };

/** The declaration of a type of action. */
export function actionKindOf(type: ActionType): ActionKind {
  return actionKinds[type];
}
