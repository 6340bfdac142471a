/**
 * better-sqlite3 in the version that this Node can hold. 13 speaks Node-API, brings what it needs for every processor and crashes on
 * Node 20. 12 derives from node::ObjectWrap: compiled against the headers of Node 24.19 or later it ends the process when a garbage
 * collection runs between two tasks (nodejs/node#65446). npm leaves out what the Node it runs in cannot hold, so both are optional there.
 */
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';
import { LinesideError, messageOf } from '../errors.ts';

/** First Node whose Node-API better-sqlite3 13 works with. */
const NODE_API = 22;

export const packageFor = (node: string): string => (Number.parseInt(node, 10) >= NODE_API ? 'better-sqlite3-node-api' : 'better-sqlite3');

export const Sqlite: typeof Database = load(packageFor(process.versions.node));

/** Throws STORE_FAILED when npm has left it out. */
function load(name: string): typeof Database {
  try {
    return createRequire(import.meta.url)(name) as typeof Database;
  } catch (thrown) {
    const why = `${name} is not installed for Node ${process.versions.node}: ${messageOf(thrown)}`;
    throw new LinesideError('STORE_FAILED', { why }, { cause: thrown });
  }
}
