/** Keeps the orders in a small file of the store's folder. */
import { KeptFile } from '../kept-file.ts';
import { BookSchema, type BookState, EMPTY_BOOK } from './book.ts';

/** In the folder of the store. */
export const PLANNING_FILE = 'planning.json';
/** Bytes: a thousand orders with everything that may be in them, and those that are done. */
const LARGEST = 2e6;

export class Shelf extends KeptFile<typeof BookSchema> {
  constructor(file: string, state: () => BookState) {
    super({ file, schema: BookSchema, empty: EMPTY_BOOK, largest: LARGEST, holds: 'orders', state });
  }
}
