import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AnswerNote } from '#agent/contracts/index.js';
import { AnswerNotes } from '#agent/store/answer-notes.js';
import { memoryLog } from '../simulators/log.ts';

const note = (number: number, more: Partial<AnswerNote> = {}): AnswerNote => ({
  station: 'outlet',
  number,
  part: `S${number}`,
  counter: number,
  verdict: 'ok',
  recipe: 'standard',
  ...more,
});
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lineside-notes-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('notes of a life that ended anyhow are there in the next, newest over oldest, in a file that does not grow', () => {
  const path = folder();
  const first = new AnswerNotes(path, memoryLog());
  expect(first.before).toEqual([]);
  const { size, mode } = statSync(join(path, 'answers.notes'));
  expect(mode & 0o777).toBe(0o600);
  for (let i = 1; i <= 1030; i++) first.write(note(i));
  first.write(note(1031, { part: null, counter: null, verdict: 'nok' }));
  // Nobody has closed it.
  const second = new AnswerNotes(path, memoryLog());
  expect(second.before.map(({ number }) => number)).toEqual(Array.from({ length: 1024 }, (_, i) => 8 + i));
  expect(second.before.at(-1)).toEqual(note(1031, { part: null, counter: null, verdict: 'nok' }));
  expect(statSync(join(path, 'answers.notes')).size).toBe(size);
  first.close();
  second.close();
});

it('the file has its place on the disk before the first note: a disk that fills up later costs none', () => {
  const path = folder();
  const reference = join(path, 'written');
  writeFileSync(reference, Buffer.alloc(512 * 1024));
  const notes = new AnswerNotes(path, memoryLog());
  const places = (file: string) => statSync(file).blocks;
  expect(places(join(path, 'answers.notes'))).toBe(places(reference));
  notes.write(note(1));
  notes.close();
  expect(new AnswerNotes(path, memoryLog()).before).toEqual([note(1)]);
});

it('notes of a life that nobody has recovered yet outlive the next one, which dies young', () => {
  const path = folder();
  const first = new AnswerNotes(path, memoryLog());
  for (const number of [1, 2, 3]) first.write(note(number));
  const second = new AnswerNotes(path, memoryLog());
  for (const number of [4, 5]) second.write(note(number));
  second.write(note(1, { station: 'inlet' }));
  const third = new AnswerNotes(path, memoryLog());
  third.write(note(6));
  const all = new AnswerNotes(path, memoryLog()).before;
  expect(all.filter(({ station }) => station === 'outlet')).toEqual([1, 2, 3, 4, 5, 6].map((number) => note(number)));
  expect(all.filter(({ station }) => station === 'inlet')).toEqual([note(1, { station: 'inlet' })]);
  // Where there is no room left the oldest go, of whatever life.
  for (let number = 7; number <= 1025; number++) third.write(note(number));
  const last = new AnswerNotes(path, memoryLog()).before.filter(({ station }) => station === 'outlet');
  expect(last.map(({ number }) => number)).toEqual(Array.from({ length: 1023 }, (_, i) => i + 3));
});

it('what is torn, foreign or too long is no note, and a link in its place is not followed', () => {
  const path = folder();
  const slot = (text: string) => text.padEnd(512, ' ');
  writeFileSync(
    join(path, 'answers.notes'),
    slot(JSON.stringify(note(1)).slice(0, 40)) + slot('{"station":1}') + slot(JSON.stringify(note(3))),
  );
  const notes = new AnswerNotes(path, memoryLog());
  expect(notes.before).toEqual([note(3)]);
  notes.write(note(4, { part: 'x'.repeat(600) }));
  notes.close();
  expect(new AnswerNotes(path, memoryLog()).before).toEqual([note(3)]);
  const other = folder();
  writeFileSync(join(other, 'precious'), 'keep');
  symlinkSync(join(other, 'precious'), join(other, 'answers.notes'));
  const refused = new AnswerNotes(other, memoryLog());
  refused.write(note(5));
  expect(statSync(join(other, 'precious')).size).toBe(4);
});

it('a note that just fits is one, and a file that cannot be had costs nobody anything but a line in the log', () => {
  const path = folder();
  const notes = new AnswerNotes(path, memoryLog());
  const frame = Buffer.byteLength(JSON.stringify({ ...note(1, { part: '' }), order: 1 }));
  notes.write(note(1, { part: 'x'.repeat(512 - frame) }));
  notes.write(note(2, { part: 'x'.repeat(513 - frame) }));
  notes.close();
  expect(new AnswerNotes(path, memoryLog()).before.map(({ number }) => number)).toEqual([1]);
  const log = memoryLog();
  const nowhere = new AnswerNotes(join(path, 'gone'), log);
  nowhere.write(note(1));
  nowhere.close();
  expect([nowhere.before, log.lines]).toEqual([
    [],
    [{ level: 'debug', text: 'the PLC is told without a note', details: { why: expect.stringContaining('ENOENT') } }],
  ]);
});

it('notes are written no more once the file is closed', () => {
  const path = folder();
  const log = memoryLog();
  const notes = new AnswerNotes(path, log);
  notes.write(note(1));
  notes.close();
  notes.write(note(2));
  expect(log.lines).toHaveLength(1);
  expect(new AnswerNotes(path, memoryLog()).before.map(({ number }) => number)).toEqual([1]);
});

it('notes of an older version, which have no order, are followed by the next ones', () => {
  const path = folder();
  const slot = (one: AnswerNote) => JSON.stringify(one).padEnd(512, ' ');
  writeFileSync(join(path, 'answers.notes'), slot(note(1)) + slot(note(2)));
  const notes = new AnswerNotes(path, memoryLog());
  notes.write(note(3));
  notes.close();
  expect(new AnswerNotes(path, memoryLog()).before.map(({ number }) => number)).toEqual([1, 2, 3]);
});

it('a note says of which gauge study the part was announced', () => {
  const path = folder();
  const placed = { study: '019e0000-0000-7000-8000-0000000028f0', name: 'width', showing: 7 };
  const first = new AnswerNotes(path, memoryLog());
  first.write(note(1, { placed }));
  first.write(note(2));
  first.close();
  const second = new AnswerNotes(path, memoryLog());
  expect(second.before).toEqual([note(1, { placed }), note(2)]);
  second.close();
});
