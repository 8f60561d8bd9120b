import type { ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import { asksCost } from '../limits/charge-of.ts';
import type { OpenCall } from '../open-call.ts';
import { TrackedCall } from './tracked-call.ts';

/** Notes of a query that its answer may be kept, and of everything else that it may not. Stands behind what answers without the database. */
export const answersPlugin: ApolloServerPlugin<OpenCall> = {
  requestDidStart: async () => ({
    async responseForOperation({ operation, contextValue, request }) {
      contextValue.held.isQuery = operation.operation === OperationTypeNode.QUERY;
      if (!(contextValue instanceof TrackedCall)) return null;
      if (!contextValue.held.isQuery || asksCost(request.extensions)) contextValue.depends.isKeepable = false;
      else contextValue.readVersion();
      return null;
    },
    async willSendResponse({ contextValue, errors, response: { body } }) {
      if (!errors?.length && body.kind === 'single' && !body.singleResult.errors?.length && body.singleResult.data) return;
      contextValue.held.isQuery = false;
      if (contextValue instanceof TrackedCall) contextValue.depends.isKeepable = false;
    },
  }),
};
