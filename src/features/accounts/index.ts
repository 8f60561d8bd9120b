export { AccountSelector, checkSelector, ExternalRefInput, noSuchAccount, selectAccounts, selectorKey, type SelectedAccount } from './account-selector.ts';
export { accountChanged } from './account.events.ts';
export { accountById } from './account.queries.ts';
export { Account, AccountInput, type AccountRow } from './account.type.ts';
export { checkText } from './columns.ts';
export { lockAccounts } from './lock-accounts.ts';
export { accountRecords } from './records.ts';
export { upsertRecords, type RecordInput } from './upsert-records.ts';
export { accountsOrStubs, upsertAccounts } from './upsert-accounts.ts';
