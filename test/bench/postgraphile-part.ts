import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { TYPES } from 'postgraphile/@dataplan/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { asTenant } from './tenant-url.ts';
import { readPart, servePart } from './part.ts';

/** PostGraphile has no codec for the type of transaction ids, which a table of the program's has. */
const transactionIds: GraphileConfig.Plugin = {
  name: 'TransactionIdsPlugin',
  version: '1.0.0',
  gather: {
    hooks: {
      pgCodecs_findPgCodec(_info, event) {
        if (event.pgType.typname === 'xid8') event.pgCodec = TYPES.bigint;
      },
    },
  },
};

/** PostGraphile 5 on the same database, under the program's login and the same row-level security. Lists may be ordered by columns without an index of their own. */
const { databaseUrl, tenantId } = readPart();
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [transactionIds],
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ connectionString: asTenant(databaseUrl, tenantId), schemas: ['public'], poolConfig: { max: 20 } })],
  grafserv: { graphqlPath: '/graphql', watch: false },
  grafast: { explain: false },
});
const server = createServer();
server.on('error', (error) => {
  throw error;
});
await instance.createServ(grafserv).addTo(server);
await servePart(server);
