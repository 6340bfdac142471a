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

/** Throws STORE_NOT_INSTALLED, or what SQLite throws. */
export function openDatabase(file: string, options: Database.Options = {}): Database.Database {
  return new (libraryOf(packageFor(process.versions.node)))(file, options);
}

/** Throws STORE_NOT_INSTALLED: npm is content when an optional package cannot be compiled. */
export function libraryOf(name: string): typeof Database {
  try {
    return createRequire(import.meta.url)(name) as typeof Database;
  } catch (thrown) {
    const [why = ''] = messageOf(thrown).split('\n');
    throw new LinesideError('STORE_NOT_INSTALLED', { name, node: process.versions.node, why }, { cause: thrown });
  }
}
