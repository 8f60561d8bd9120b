export { erasedDigest, withoutErased } from './erased-values.ts';
export { foldStatements, latestClaims, type Claim, type Folded, type FoldedField, type FoldRules } from './fold-statements.ts';
export { isSame, judgeStatements, type Judged, type Verdict } from './judge-statements.ts';
export { defaultPrecedence, knownSources, precedenceRules, ruleFor, type Precedence, type PrecedenceRule } from './precedence.ts';
export { precedenceInForce, precedenceOfVersion, precedencesAt, type PublishedPrecedence } from './precedence.queries.ts';
export { accountField, accountOrderOf, enrichmentSource, manualSource, retiredField, type SourceStatement, type StatementMode } from './source-statement.ts';
export { columnsOfStatement, currentStatements, formerStatements, pastStatements, recordsOfAccounts, statedBy, statementColumns, storeStatements, type StatedGroup, type StatedGroups, type StoredStatement } from './statement-store.ts';
export { statementsAtInstants, statementsByIds, type DeliveredStatement, type NodeInstant } from './read-statements.ts';
export { statementsAt, type GroupAt, type StatedScope } from './statements-at.ts';
