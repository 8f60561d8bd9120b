export { applySignals, type CountedSignal } from './apply-signals.ts';
export { decayScores } from './decay-scores.ts';
export { intentOfAccount, scorePointById } from './intent.queries.ts';
export { publishScoringModel, rescoreTask } from './publish-scoring-model.ts';
export { refitAccounts } from './refit-accounts.ts';
export { rescoreNext } from './rescore-tenant.ts';
export { decayTask } from './score-accounts.ts';
export { defaultScoringModelParameters } from './scoring-model.ts';
export { contextUpdated, scoringModelPublished } from './scoring.events.ts';
