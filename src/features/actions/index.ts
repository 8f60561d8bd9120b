export { actionApproved, actionEventKinds, actionEvents } from './action.events.ts';
export { mayDecide, mayPropose, readsDrafts } from './action.policy.ts';
export { approveAction } from './approve-action.ts';
export { cancelOnRevocation, expireActions, staleActions } from './end-actions.ts';
export { proposeAction, type Proposal } from './propose-action.ts';
export { proposeByHand } from './propose-by-hand.ts';
export { rejectAction } from './reject-action.ts';
export { saveOutreachPolicy } from './outreach-policy.ts';
