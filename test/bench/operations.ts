/** One account's graph as the page of twenty asks for it. */
const graph = /* GraphQL */ `
  id
  name
  industry
  status
  externalRefs { system id }
  opportunities(first: 3) { edges { node { id name stage amount { amountMinor currency } closeDate probability nextStep } } }
  contacts(first: 3) { edges { node { id name title email role } } }
  activities(first: 5) { edges { node { id type subject occurredAt } } }
  tickets(first: 3) { edges { node { id key summary status priority labels assignee url } } }
  intent {
    ... on IntentScore {
      value
      band
      contributions(first: 5) { signal { id type source occurredAt } weight decayFactor points }
    }
  }
  signals(first: 10) { edges { node { id type source occurredAt recordedAt payload } } }
`;

/** The program's operations, as its clients send them. */
export const operations = {
  twenty: `query Twenty($after: String) { accounts(first: 20, after: $after) { edges { node { ${graph} } } } }`,
  account: /* GraphQL */ `
    query AccountContext($id: ID!) {
      account(id: $id) {
        __typename
        id
        externalRefs { system id }
        name industry region status tier website employeeCount
        revenue { amountMinor currency }
        owner { name email }
        csm { name email }
        opportunities(first: 5) { edges { node { id name stage amount { amountMinor currency } closeDate probability nextStep daysInStage } } }
        contacts(first: 20) { edges { node { id name title email role } } }
        activities(first: 5) { edges { node { id type subject occurredAt } } }
        tickets(first: 10, filter: { open: true }) { totalCount edges { node { id key summary status priority labels assignee url } } }
        threads(first: 5) { edges { node { id author preview replyCount occurredAt } } }
        managerFlags { flag setBy note }
        weeklySummary { weekOf status highlights risks }
        intent {
          __typename
          ... on IntentScore {
            value band trend computedAt modelVersion
            contributions(first: 5) { signal { id type source occurredAt } weight decayFactor points }
            nextThresholdCrossing { at direction }
          }
        }
        signals(first: 10, filter: { types: ["stage_change", "meeting"] }) {
          totalCount
          pageInfo { hasNextPage endCursor }
          edges { cursor node { id type source occurredAt recordedAt payload } }
        }
      }
    }
  `,
  portfolio: /* GraphQL */ `
    query Portfolio($first: Int!, $after: String) {
      accounts(first: $first, after: $after, filter: { minIntent: 60, statuses: [ACTIVE, AT_RISK] }, orderBy: { field: INTENT, direction: DESC }) {
        pageInfo { hasNextPage endCursor }
        edges { cursor node { id name intent { ... on IntentScore { value band } } contacts(first: 3) { edges { node { name } } } } }
      }
    }
  `,
  feed: /* GraphQL */ `
    query SignalFeed($id: ID!, $after: String) {
      account(id: $id) {
        signals(first: 50, after: $after) {
          pageInfo { hasNextPage endCursor }
          edges { cursor node { id type source occurredAt recordedAt payload } }
        }
      }
    }
  `,
  accountCursors: 'query ($after: String) { accounts(first: 20, after: $after) { pageInfo { hasNextPage endCursor } edges { node { id } } } }',
  ingest: 'mutation IngestSignals($input: [SignalInput!]!) { ingestSignals(input: $input) { accepted duplicates rejected } }',
  intentLive: /* GraphQL */ `
    subscription IntentLive($accountIds: [ID!], $after: String) {
      intentScoreChanged(accountIds: $accountIds, after: $after) {
        cursor
        __typename
        ... on IntentScoreChange { account { id name } previous current crossedThreshold causedBy { id type } occurredAt }
        ... on Lagged { missed resumeAfter }
      }
    }
  `,
} as const;

const sealedContacts = (first: number, fields: string): string =>
  `contactsByTenantIdAndAccountId(first: ${first}, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${fields} subjectKeyByTenantIdAndSubjectId { wrappedKey } } } }`;
const contactFields = 'rowId nameSealed emailSealed title role';
const signalFields = 'rowId type source occurredAt recordedAt payload';
const contributions = 'contributions(most: 5) { edges { node { signalId type source occurredAt weight decayFactor points } } }';
const opportunityFields = 'rowId name stage amountMinor amountCurrency closeDate probability nextStep stageSince';
const ticketFields = 'rowId key summary status priority labels assignee url';
const refs = 'externalRefsByTenantIdAndNodeId(orderBy: [SYSTEM_ASC]) { edges { node { system externalId } } }';
const activitiesOf = 'activitiesByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { rowId type subject occurredAt } } }';
const opportunitiesOf = (first: number): string => `opportunitiesByTenantIdAndAccountId(first: ${first}, orderBy: [CLOSE_DATE_ASC]) { edges { node { ${opportunityFields} } } }`;

/** The same pages for PostGraphile, by the functions of `postgraphile-sql.ts`. Sealed values it leaves sealed, which is less work. */
export const postgraphileOperations = {
  twenty: /* GraphQL */ `
    query Twenty($after: Cursor) {
      allAccounts(first: 20, after: $after, orderBy: [NAME_KEY_ASC]) {
        edges { node {
          rowId name industry status ${refs} ${opportunitiesOf(3)} ${sealedContacts(3, contactFields)} ${activitiesOf}
          ticketsByTenantIdAndAccountId(first: 3, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${ticketFields} } } }
          accountContextByTenantIdAndAccountId { intent { value band } ${contributions} }
          signalsByTenantIdAndAccountId(first: 10, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${signalFields} } } }
        } }
      }
    }
  `,
  account: /* GraphQL */ `
    query AccountContext($tenantId: UUID!, $id: UUID!) {
      accountByTenantIdAndRowId(tenantId: $tenantId, rowId: $id) {
        __typename rowId name industry region status tier website employeeCount revenueMinor revenueCurrency ownerName ownerEmail csmName csmEmail
        ${refs} ${opportunitiesOf(5)} ${sealedContacts(20, contactFields)} ${activitiesOf}
        openTickets(first: 10) { totalCount edges { node { ${ticketFields} } } }
        threadsByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { rowId author preview replyCount occurredAt } } }
        managerFlagsByTenantIdAndAccountId(first: 100, orderBy: [OCCURRED_AT_DESC]) { edges { node { flag setBy note } } }
        weeklySummariesByTenantIdAndAccountId(first: 1, orderBy: [WEEK_OF_DESC]) { edges { node { weekOf status highlights risks } } }
        accountContextByTenantIdAndAccountId { intent { value band trend computedAt modelVersion nextCrossingAt nextCrossingDirection } ${contributions} }
        signalsOfTypes(first: 10, types: ["stage_change", "meeting"]) {
          totalCount
          pageInfo { hasNextPage endCursor }
          edges { cursor node { ${signalFields} } }
        }
      }
    }
  `,
  portfolio: /* GraphQL */ `
    query Portfolio($first: Int!, $after: Cursor) {
      portfolioAccounts(first: $first, after: $after, minIntent: 60, statuses: ["ACTIVE", "AT_RISK"]) {
        pageInfo { hasNextPage endCursor }
        edges { cursor node { intent { value band } accountByTenantIdAndAccountId { rowId name ${sealedContacts(3, 'nameSealed')} } } }
      }
    }
  `,
  feed: /* GraphQL */ `
    query SignalFeed($tenantId: UUID!, $id: UUID!, $after: Cursor) {
      accountByTenantIdAndRowId(tenantId: $tenantId, rowId: $id) {
        signalsByTenantIdAndAccountId(first: 50, after: $after, orderBy: [OCCURRED_AT_DESC]) {
          pageInfo { hasNextPage endCursor }
          edges { cursor node { ${signalFields} } }
        }
      }
    }
  `,
  accountCursors: 'query ($after: Cursor) { allAccounts(first: 20, after: $after, orderBy: [NAME_KEY_ASC]) { pageInfo { hasNextPage endCursor } edges { node { rowId } } } }',
} as const;

const queued = 'id type status riskLevel confidence reasoning proposedAt expiresAt draft { to subject body generatedBy } evidenceDigest evidence { intentScore consent { granted basis } context { derived { dealHealth { value } } } } account { id name }';
const queueFilter = 'filter: { statuses: [PENDING, CLAIMED] }, orderBy: { field: PROPOSED_AT, direction: ASC }';

/** The approval queue, as its page asks for it; without lineage, which is measured by itself. */
export const queueOperations = {
  page: `query Queue($after: String) { actions(first: 20, after: $after, ${queueFilter}) { pageInfo { hasNextPage endCursor } edges { node { ${queued} } } } }`,
  counted: `query CountedQueue($after: String) { actions(first: 20, after: $after, ${queueFilter}) { totalCount pageInfo { hasNextPage endCursor } edges { node { ${queued} } } } }`,
  cursors: `query QueueCursors($after: String) { actions(first: 100, after: $after, ${queueFilter}) { pageInfo { endCursor } } }`,
} as const;
