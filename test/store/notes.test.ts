import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WrittenNote } from '#agent/contracts/index.js';
import { LONGEST_NOTE, NoteBook, noteOf } from '#agent/runtime/notes.js';
import { replaceDamaged } from '#agent/store/database.js';
import { notesIn, notesOf, similarIn, similarNotesOf, writeNote } from '#agent/store/notes.js';
import { Retention } from '#agent/store/retention.js';
import { personCode, SITE_KEY } from '#agent/store/site-key.js';
import { Days, systemClock } from '#agent/time.js';
import { count, folder, KEEP, open, openEmpty, put, sql } from './setup.ts';

const NOW = Date.UTC(2026, 2, 2);
const note = (id: string, text: string, over: Partial<WrittenNote> = {}): WrittenNote => ({
  id,
  at: 1000,
  who: null,
  source: 'page',
  station: 'outlet',
  part: null,
  alarm: null,
  text,
  ...over,
});

it('keeps notes with the records, once each, without the names, and finds what is most like them', async () => {
  const { store, path } = await open();
  const code = personCode(path);
  const book = new NoteBook({
    clock: systemClock,
    journal: store.journal,
    rules: () => ({ names: ['Müller'], code }),
    isStation: (name) => name === 'outlet',
  });
  const kept = await book.take({ id: 'n1', text: 'Pumpe undicht, MUELLER inform. \u0000', part: 'P1' }, 'page', 'anna');
  expect(kept).toMatchObject({ text: 'Pumpe undicht, <name> inform.', who: code('Anna'), source: 'page' });
  await book.take({ id: 'n1', text: 'again' }, 'page', 'anna');
  await book.take({ text: 'Getr. laut', station: 'outlet' }, 'mqtt', null);
  // Another process writes while this one has the journal open.
  writeNote(path, note('n3', 'Hydraulikpumpe tropft, Pumpe getauscht'));
  expect(notesOf(path, { limit: 10 }).map(({ text }) => text)).toEqual([
    'Hydraulikpumpe tropft, Pumpe getauscht',
    'Getr. laut',
    'Pumpe undicht, <name> inform.',
  ]);
  expect(notesOf(path, { limit: 10, part: 'P1' }).map(({ id }) => id)).toEqual(['n1']);
  expect(similarNotesOf(path, 'Pumpe läuft aus, undicht', 3).map(({ id }) => id)).toEqual(['n1', 'n3']);
  expect(JSON.stringify(sql(path, 'SELECT * FROM notes'))).not.toMatch(/müller|mueller|anna/i);
  for (const [wish, why] of [
    [{ text: 'x'.repeat(1_000_000) }, `${LONGEST_NOTE} are kept`],
    [{ text: '\u0000 \n' }, 'nothing in it'],
    [{ text: 'a', station: 'elsewhere' }, 'no station elsewhere'],
  ] as const)
    await expect(book.take(wish, 'page', null)).rejects.toMatchObject({ code: 'NOTE_UNFIT', message: expect.stringContaining(why) });
  expect(count(path, 'notes')).toBe(3);
});

it('finds none of a part’s own, and of equals the newer', () => {
  const { db } = openEmpty();
  for (const [n, part] of ['P1', 'P2', 'P3'].entries())
    put(db, 'notes', { ...note(`n${n}`, 'pump leaks'), part, number: n + 1, recorded: n });
  expect(similarIn(db, 'leaking pump', 5, 'P3').map(({ part }) => part)).toEqual(['P2', 'P1']);
});

it('grows no further, goes with the age of records, and takes the words of what is gone along', () => {
  const { db, path } = openEmpty();
  put(db, 'notes', { ...note('old', 'pump leaks'), number: 1, recorded: NOW });
  put(db, 'notes', { ...note('newer', 'pump leaks'), number: 100_001, recorded: NOW });
  expect(notesIn(db, { limit: 5 }).map(({ id }) => id)).toEqual(['newer']);
  put(db, 'notes', { ...note('aged', 'pump leaks'), number: 100_002, recorded: NOW });
  db.prepare("DELETE FROM notes WHERE id = 'newer'").run();
  const retention = new Retention(path, { ...KEEP, images: 0 });
  for (let i = 0; i < 3; i++) retention.step(db, NOW + Days(402));
  expect(similarIn(db, 'pump', 5)).toEqual([]);
  db.exec("INSERT INTO notes_words (notes_words) VALUES ('integrity-check')");
});

it('takes notes and their words over from a damaged journal', () => {
  const { db, path } = openEmpty();
  put(db, 'notes', { ...note('n1', 'pump leaks'), number: 5, recorded: 0 });
  const { db: fresh } = replaceDamaged(path, 'now', 'for the test', db);
  expect(similarIn(fresh, 'pump', 5).map(({ id }) => id)).toEqual(['n1']);
  fresh.close();
});

it('codes people with a key of the site that nobody else reads, the same for everybody who asks', () => {
  const [here, there] = [folder(), folder()];
  const code = personCode(here);
  expect(code('Anna')).toMatch(/^[0-9a-f]{10}$/);
  expect(personCode(here)('anna')).toBe(code('Anna'));
  expect(personCode(there)('anna')).not.toBe(code('anna'));
  expect(statSync(join(here, SITE_KEY)).mode & 0o777).toBe(0o600);
  const { text } = noteOf({ text: 'MA 4711 war da' }, 'mqtt', null, 0, { names: [], code });
  expect(text).toBe(`MA <person ${code('4711')}> war da`);
});
