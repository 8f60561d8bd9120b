/** SQL: the node that the node in a column counts for; itself where it was never merged. The tenant is $1. A subquery: row-level security keeps COALESCE out of index conditions. */
export const survivorOf = (node: string): string => `(select coalesce((select survivor_id from node_identity where tenant_id = $1 and id = ${node}), ${node}))`;
