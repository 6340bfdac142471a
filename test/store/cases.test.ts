import { expect, it } from 'vitest';
import { alarmHistory, casesIn, spokenIn } from '#agent/store/cases.js';
import { openEmpty, put } from './setup.ts';

const HOUR = 3_600_000;
const note = (at: number, text: string, over: object = {}) => ({ id: `${at} ${text}`, at, source: 'page', text, recorded: at, ...over });
const said = (at: number, text: string, over: object = {}) => ({
  id: `${at} ${text}`,
  at,
  recorded: at,
  source: 'alarm',
  origin: 'plc',
  name: 'Pump',
  state: 'ended',
  ended: at + 60_000,
  text,
  ...over,
});

it('finds what is most like a text among notes and machines, of the same alarm first, and what was said often once', () => {
  const { db } = openEmpty();
  put(db, 'notes', note(1, 'pump leaks at the seal'));
  put(db, 'notes', note(2, 'seal replaced', { alarm: 'STATION_HELD', part: 'P1' }));
  for (const at of [3, 4, 5]) put(db, 'texts', said(at, 'pump pressure low'));
  put(db, 'notes', note(6, 'camera cleaned'));
  const found = casesIn(db, { text: 'the pump leaks, seal?', alarm: 'STATION_HELD', limit: 5 });
  expect(found.map(({ by, about, text, times }) => [by, about, text, times])).toEqual([
    ['people', 'STATION_HELD', 'seal replaced', 1],
    ['people', null, 'pump leaks at the seal', 1],
    ['machine', 'Pump', 'pump pressure low', 3],
  ]);
  expect(found[2]?.at).toBe(5);
  expect(casesIn(db, { text: 'pump', limit: 1 })).toHaveLength(1);
  expect(casesIn(db, { text: '!?', limit: 5 })).toEqual([]);
});

it('tells what was written and done the last three times that an alarm stood', () => {
  const { db } = openEmpty();
  put(db, 'station_state', { station: 'outlet', last_sequence: 1 });
  const alarm = (since: number, cleared: number | null) =>
    put(db, 'alarms', {
      code: 'STATION_HELD',
      subject: 'outlet',
      key: cleared === null ? 'STATION_HELD/outlet' : `${since}`,
      since,
      cleared,
      text: `held ${since}`,
    });
  for (const n of [1, 2, 3, 4]) alarm(n * 10 * HOUR, n * 10 * HOUR + HOUR);
  alarm(50 * HOUR, null);
  put(db, 'alarms', { code: 'STATION_HELD', subject: 'inlet', key: 'i', since: 1, cleared: 2, text: 'another' });
  put(db, 'notes', note(40 * HOUR + 1, 'gripper was loose', { alarm: 'STATION_HELD' }));
  // Written down when it was over, of it; and by somebody who meant another alarm.
  put(db, 'notes', note(41 * HOUR + 60_000, 'gripper was loose, tightened', { alarm: 'STATION_HELD' }));
  put(db, 'notes', note(40 * HOUR + 2, 'lens', { alarm: 'CAMERA_SILENT' }));
  put(db, 'texts', said(40 * HOUR + 3, 'gripper open', { station: 'outlet' }));
  put(db, 'texts', said(40 * HOUR + 4, 'oven cold', { station: 'oven' }));
  const act = (at: number, verb: string, detail: object, who = 'anna') =>
    put(db, 'audit', { at, recorded: at, who, source: 'web', verb, detail: JSON.stringify({ outcome: 'done', ...detail }) });
  act(40 * HOUR + 5, 'acknowledge', { alarm: 'STATION_HELD/outlet' });
  act(40 * HOUR + 6, 'shelve', { alarm: 'CAMERA_SILENT/camera/top', reason: 'not this one' });
  act(40 * HOUR + 7, 'ack', { station: 'outlet' });
  act(40 * HOUR + 8, 'ack', { station: 'outlet', outcome: 'refused' });
  act(40 * HOUR + 9, 'sign_in', {});
  act(40 * HOUR + 10, 'chart', {}, '');
  const { stood, times, quotes } = alarmHistory(db, { code: 'STATION_HELD', subject: 'outlet' });
  expect(stood).toBe(5);
  expect(times.map(({ since, cleared }) => [since / HOUR, (cleared ?? 0) / HOUR])).toEqual([
    [40, 41],
    [30, 31],
    [20, 21],
  ]);
  const [newest] = times;
  expect(newest?.text).toBe(`held ${40 * HOUR}`);
  expect(newest?.notes.map(({ text }) => text)).toEqual(['gripper was loose, tightened', 'gripper was loose']);
  expect(newest?.texts.map(({ text }) => text)).toEqual(['gripper open']);
  expect(newest?.acts).toEqual([
    { at: 40 * HOUR + 5, verb: 'acknowledge', reason: null },
    { at: 40 * HOUR + 7, verb: 'ack', reason: null },
  ]);
  expect(times[1]).toMatchObject({ notes: [], texts: [], acts: [] });
  expect(quotes.reduce((n, one) => n + one.times, 0)).toBe(3);
});

it('gives the texts of a time once each, with how often they were said', () => {
  const { db } = openEmpty();
  put(db, 'notes', note(10, 'door open', { station: 'outlet' }));
  put(db, 'notes', note(11, 'held', { station: 'outlet', alarm: 'STATION_HELD' }));
  put(db, 'notes', note(99, 'later'));
  for (const [n, station] of ['outlet', null, 'inlet'].entries()) put(db, 'texts', said(20 + n, 'door open', { station }));
  expect(spokenIn(db, { from: 0, to: 50 })).toEqual([
    { text: 'door open', times: 4, first: 10, last: 22 },
    { text: 'held', times: 1, first: 11, last: 11 },
  ]);
  expect(spokenIn(db, { from: 0, to: 50, station: 'outlet' })[0]).toMatchObject({ times: 3, last: 21 });
  expect(spokenIn(db, { from: 0, to: 50, alarm: 'STATION_HELD' })).toEqual([{ text: 'held', times: 1, first: 11, last: 11 }]);
});
