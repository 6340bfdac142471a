/** Gauge studies beside the config and the journal: what is a master part, what is the same gauge, and what is over when its station is gone. */
import { describe, expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Study } from '#agent/contracts/index.js';
import { gaugeNow, masterOf } from '#agent/runtime/studies.js';
import { StudyDesk } from '#agent/runtime/study-desk.js';
import { recall, withoutStudy } from '#agent/stations/memory.js';
import { openRecords } from '#agent/store/records.js';
import { systemClock } from '#agent/time.js';
import { cleanUp, open, openEmpty, put } from '../store/setup.ts';

const tag = (node: string) => ({ node, sampling: 100, queue: 10, writable: false });
const width = {
  kind: 'type_one',
  of: 'tags.width',
  parts: ['REF'],
  by: 'id',
  reference: 1,
  tolerance: 1,
  conditions: ['plc.hall'],
  within: 1,
};
/** `outlet` studies itself by the tag `width`, reads the id by the camera `codes`, and has a rule over `temp`. */
const CONFIG = {
  cameras: { top: { url: 'dir:a' }, codes: { url: 'dir:b' }, other: { url: 'dir:c' } },
  opcua: { plc: { endpoint: 'opc.tcp://plc', tags: { width: tag('s=W'), hall: tag('s=H'), temp: tag('s=T'), spare: tag('s=S') } } },
  stations: {
    outlet: {
      trigger: { tag: 'plc.go' },
      part: { code: 'codes' },
      models: { surface: { camera: 'top' } },
      rules: [{ if: 'tags.temp > 5', verdict: 'nok' }],
      studies: { width },
    },
    inlet: { trigger: { tag: 'plc.in' }, models: {} },
  },
};
const config = (from = '', to = '') => JSON.parse(JSON.stringify(CONFIG).replaceAll(from || '\0', to)) as Config;

describe('a gauge', () => {
  const hash = (of: Config) => gaugeNow('outlet', of, {}).config;
  it.each([
    ['the node of what is measured', true, 's=W'],
    ['the node of a condition', true, 's=H'],
    ['the node that a rule reads', true, 's=T'],
    ['the server of them', true, 'opc.tcp://plc'],
    ['the camera that reads the id', true, 'dir:b'],
    ['a tag of something else', false, 's=S'],
    ['a camera of something else', false, 'dir:c'],
    ['another station', false, 'plc.in'],
  ])('with %s changed is another one: %s', (_, isOther, what) => {
    expect(hash(config(what, `${what}2`)) !== hash(config())).toBe(isOther);
  });
});

it('knows a master part at every station, and none that is told by its order', () => {
  expect([masterOf(config(), 'REF'), masterOf(config(), 'P-1')]).toEqual(['width', null]);
  expect(masterOf(config('"by":"id"', '"by":"order"'), 'REF')).toBeNull();
});

describe('a study whose station is gone', () => {
  const study: Study = {
    ...{ id: 's1', station: 'outlet', name: 'width', state: 'open', who: 'meyer', at: 1, ended: null, why: '', shown: 1, of: 3 },
    spec: { kind: 'type_one', parts: ['REF'], by: 'id', appraisers: ['agent'], repeats: 3 },
    gauge: { config: 'c', packages: {}, recipe: 'standard' },
    configHash: 'h',
  };
  async function swept(over: { readonly stations: object; readonly isBuilt: boolean }) {
    const { store, path } = await open();
    const records = openRecords(path, systemClock);
    cleanUp(() => records.close());
    await store.journal.append({ studies: [study] });
    const kept: Study[] = [];
    const desk = new StudyDesk({
      records: () => records,
      config: () => ({ stations: over.stations }) as unknown as Config,
      open: () => null,
      isBuilt: () => over.isBuilt,
      keep: (one) => void kept.push(one),
      now: () => 9,
    });
    await desk.sweep();
    return kept.map(({ id, state, ended }) => ({ id, state, ended }));
  }
  it('is over; one whose station is being built is not', async () => {
    expect(await swept({ stations: {}, isBuilt: false })).toEqual([{ id: 's1', state: 'ended', ended: 9 }]);
    expect(await swept({ stations: { outlet: {} }, isBuilt: true })).toHaveLength(1);
    expect(await swept({ stations: { outlet: {} }, isBuilt: false })).toEqual([]);
  });

  it('is forgotten by its memory, and nothing else is', () => {
    const counters = { ok: 1, nok: 0, review: 0, missed: 0, failed: 0 };
    const saved = JSON.stringify({
      ...{ rules: 'r', latches: { a: 'held' }, counters, enabled: true, taken: 4 },
      studies: JSON.stringify({ own: 1, open: { id: 's1' } }),
    });
    const after = withoutStudy(saved, 's1');
    expect(recall(after)).toMatchObject({ rules: 'r', statistics: { counters }, progress: { taken: 4, studies: null } });
    expect([...recall(after).latches]).toEqual([['a', 'held']]);
    expect(withoutStudy(saved, 's2')).toBe(saved);
    expect(withoutStudy('torn', 's1')).toBe('torn');
  });
});

it('has the truth of a part in its view, whatever the part is called', () => {
  const { db } = openEmpty();
  const truth = { 'M-1': 'good', '$[': 'bad', '$.x': 'good' };
  put(db, 'studies', { id: 's1', station: 'outlet', name: 'masters', spec: JSON.stringify({ truth }) });
  for (const [n, part] of Object.keys(truth).entries()) put(db, 'study_showings', { study: 's1', showing: n + 1, part });
  expect(db.prepare('SELECT part, truth FROM study_log ORDER BY showing').raw().all()).toEqual(Object.entries(truth));
});
