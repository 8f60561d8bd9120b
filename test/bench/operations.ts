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
  accountCursors: 'query ($after: String) { accounts(first: 20, after: $after) { pageInfo { endCursor } edges { node { id } } } }',
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

const sealedContacts = (first: number): string =>
  `contactsByTenantIdAndAccountId(first: ${first}, orderBy: [OCCURRED_AT_DESC]) { edges { node { id nameSealed emailSealed title role subjectKeyByTenantIdAndSubjectId { wrappedKey } } } }`;
const signalFields = 'id type source occurredAt recordedAt payload';
const score = 'accountContextByTenantIdAndAccountId { intentScore state }';
const opportunityFields = 'id name stage amountMinor amountCurrency closeDate probability nextStep stageSince';
const ticketFields = 'id key summary status priority labels assignee url';

/**
 * The same for PostGraphile, as near as its schema comes. It leaves sealed values sealed and gives a score's state instead of its
 * value; instead of the strongest signals it reads as many of the latest; it has no list filters, only equality. All that is less work.
 */
export const postgraphileOperations = {
  twenty: /* GraphQL */ `
    query Twenty($after: Cursor) {
      allAccounts(first: 20, after: $after, orderBy: [PRIMARY_KEY_ASC]) {
        edges { node {
          id name industry status
          opportunitiesByTenantIdAndAccountId(first: 3, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${opportunityFields} } } }
          ${sealedContacts(3)}
          activitiesByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { id type subject occurredAt } } }
          ticketsByTenantIdAndAccountId(first: 3, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${ticketFields} } } }
          ${score}
          strongest: signalsByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { id type source occurredAt } } }
          signalsByTenantIdAndAccountId(first: 10, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${signalFields} } } }
        } }
      }
    }
  `,
  account: /* GraphQL */ `
    query AccountContext($tenantId: UUID!, $id: UUID!) {
      accountByTenantIdAndRowId(tenantId: $tenantId, rowId: $id) {
        __typename id name industry region status tier website employeeCount revenueMinor revenueCurrency ownerName ownerEmail csmName csmEmail
        opportunitiesByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { ${opportunityFields} } } }
        ${sealedContacts(20)}
        activitiesByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { id type subject occurredAt } } }
        ticketsByTenantIdAndAccountId(first: 10, orderBy: [OCCURRED_AT_DESC]) { totalCount edges { node { ${ticketFields} } } }
        threadsByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { id author preview replyCount occurredAt } } }
        managerFlagsByTenantIdAndAccountId(first: 100, orderBy: [OCCURRED_AT_DESC]) { edges { node { flag setBy note } } }
        weeklySummariesByTenantIdAndAccountId(first: 1, orderBy: [WEEK_OF_DESC]) { edges { node { weekOf status highlights risks } } }
        ${score}
        strongest: signalsByTenantIdAndAccountId(first: 5, orderBy: [OCCURRED_AT_DESC]) { edges { node { id type source occurredAt } } }
        signalsByTenantIdAndAccountId(first: 10, orderBy: [OCCURRED_AT_DESC], condition: { type: "meeting" }) {
          totalCount
          pageInfo { hasNextPage endCursor }
          edges { cursor node { ${signalFields} } }
        }
      }
    }
  `,
  portfolio: /* GraphQL */ `
    query Portfolio($first: Int!, $after: Cursor) {
      allAccountContexts(first: $first, after: $after, orderBy: [INTENT_SCORE_DESC]) {
        pageInfo { hasNextPage endCursor }
        edges { cursor node { intentScore state accountByTenantIdAndAccountId { id name status contactsByTenantIdAndAccountId(first: 3, orderBy: [OCCURRED_AT_DESC]) { edges { node { nameSealed subjectKeyByTenantIdAndSubjectId { wrappedKey } } } } } } }
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
  accountCursors: 'query ($after: Cursor) { allAccounts(first: 20, after: $after, orderBy: [PRIMARY_KEY_ASC]) { pageInfo { endCursor } edges { node { rowId } } } }',
} as const;

const queued = 'id type status riskLevel confidence reasoning proposedAt expiresAt draft { to subject body generatedBy } evidenceDigest evidence { intentScore consent { granted basis } context { derived { dealHealth { value } } } } account { id name }';
const queueFilter = 'filter: { statuses: [PENDING, CLAIMED] }, orderBy: { field: PROPOSED_AT, direction: ASC }';

/** The approval queue, as its page asks for it; without lineage, which is measured by itself. */
export const queueOperations = {
  page: `query Queue($after: String) { actions(first: 20, after: $after, ${queueFilter}) { pageInfo { hasNextPage endCursor } edges { node { ${queued} } } } }`,
  counted: `query CountedQueue($after: String) { actions(first: 20, after: $after, ${queueFilter}) { totalCount pageInfo { hasNextPage endCursor } edges { node { ${queued} } } } }`,
  cursors: `query QueueCursors($after: String) { actions(first: 100, after: $after, ${queueFilter}) { pageInfo { endCursor } } }`,
} as const;
