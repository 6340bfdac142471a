/** A box behind the API without its line: journal, config file, alarms, certificates, refused events and a lesson are real, and only parts do not come. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../agent/config/load.ts';
import type { Config } from '../../agent/config/schema.ts';
import type { Alarm, Inference, Label, Records } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { AlarmMarks } from '../../agent/runtime/alarm-marks.ts';
import { CATALOGUE } from '../../agent/runtime/config-catalogue.ts';
import { ConfigDesk } from '../../agent/runtime/config-desk.ts';
import { ConfigHistory, versionOf } from '../../agent/runtime/config-history.ts';
import { ContainDesk } from '../../agent/runtime/contain-desk.ts';
import { FirstScreen } from '../../agent/runtime/first-config/first-screen.ts';
import { noteOf } from '../../agent/runtime/notes.ts';
import { ReplayDesk } from '../../agent/runtime/replay.ts';
import { StudyDesk } from '../../agent/runtime/study-desk.ts';
import { TeachDesk } from '../../agent/runtime/teach-desk.ts';
import { changeThreshold } from '../../agent/runtime/threshold-desk.ts';
import { WhatIfDesk } from '../../agent/runtime/what-if.ts';
import { approve, listRejected, listTrusted } from '../../agent/sources/opcua/trust.ts';
import { openAccess } from '../../agent/store/access.ts';
import { AccessFile } from '../../agent/store/access-file.ts';
import { Archives } from '../../agent/store/data-set/archive.ts';
import { JOURNAL_FILE, openJournal } from '../../agent/store/database.ts';
import { openRecords } from '../../agent/store/records.ts';
import { openDatabase } from '../../agent/store/sqlite.ts';
import { insertInto } from '../../agent/store/tables.ts';
import { systemClock } from '../../agent/time.ts';
import type { ChangesPort, PagePorts, WebSource } from '../../agent/web/server.ts';
import { silent } from './door.ts';

export const INSPECTION = '01a22758-a2db-7754-a24a-dcf9774e47f7';
const LABEL = '01a22758-a2db-7754-a24a-dcf9774e47f8';
export const ADMIN = { name: 'admin', role: 'admin', secret: 'scrypt$1$1$1$AA$AA', changedAt: 1 } as const;

const HEALTH = {
  at: 1,
  uptimeS: 60,
  version: '1.2.3',
  rssMb: 180,
  diskFreeMb: 5000,
  parts: {},
  queues: {},
  certificateDaysLeft: {},
} as const;
export const SOURCE: WebSource = {
  health: async () => HEALTH,
  notReady: () => [],
  stations: () => ({}),
  outboxDepth: async () => 7,
  alarms: () => [],
};

const CONFIG = `line: {enterprise: a, site: b, area: c, line: d}
cameras: {top: {url: "dir:///nowhere"}}
stations:
  outlet:
    trigger: {camera: top}
    models: {surface: {model: surface-defect, camera: top, threshold: 0.5}}
web: {listen: "off"}
`;
const ALARM: Alarm = {
  key: 'CAMERA_SILENT/camera/top',
  code: 'CAMERA_SILENT',
  subject: 'camera/top',
  active: true,
  since: 1,
  raised: 1,
  times: 1,
  text: 'Camera top is silent.',
  next: 'Look at it.',
};
const LETTERS = 20;

export interface ApiBox {
  readonly ports: PagePorts;
  /** What stands in requests that are to be understood, by the name that asks for it. */
  known(): Promise<Readonly<Record<string, readonly unknown[]>>>;
  close(): Promise<void>;
}

const LINE: ReturnType<PagePorts['live']['line']> = {
  line: { enterprise: 'a', site: 'b', area: 'c', line: 'd', agent: 'e' },
  version: '1',
  config: '',
  safeMode: false,
  stations: { outlet: { deadlineMs: 200, onFailure: 'nok', cameras: ['top'], models: ['surface'], servers: [] } },
};
const NO_ROUTES: PagePorts['routes'] = { isOn: false, state: null, parts: [], now: 0 };

/** `folder`: empty, absolute. */
export async function openApiBox(folder: string): Promise<ApiBox> {
  fill(folder);
  const file = join(folder, 'line.yaml');
  writeFileSync(file, CONFIG);
  const config = await configDesk(folder, file);
  const marks = new AlarmMarks({ file: join(folder, 'alarm-marks.json'), clock: systemClock, onFault: () => {} });
  const records = openRecords(folder, systemClock);
  const archives = new Archives(folder, systemClock);
  const whatIf = new WhatIfDesk({ clock: systemClock, records, running: () => null });
  const replay = new ReplayDesk({ clock: systemClock, records, judging: config.judging });
  const journal = openDatabase(join(folder, JOURNAL_FILE));
  const ports: PagePorts = {
    clock: systemClock,
    log: silent,
    folder: join(folder, 'web'),
    access: openAccess(folder, systemClock),
    records,
    dataSet: (wish) => archives.open(wish),
    promises: async () => [],
    shifts: NO_SHIFTS,
    planning: { isOn: false, now: null },
    routes: NO_ROUTES,
    material: { isOn: false, all: [] },
    tools: { isOn: false, all: [] },
    hours: { all: () => [], confirm: async () => {}, takeBack: async () => {} },
    ...desksIn(records, config.judging().config),
    charts: { states: () => [], detail: () => null },
    asking: { whatIf: (id) => whatIf.ask(id), replay: (id) => replay.ask(id) },
    live: {
      line: () => LINE,
      states: () => ({}),
      alarms: () => [{ ...marks.view(ALARM), cause: null, down: true }],
      returned: () => marks.returned,
      models: () => [],
      tags: () => [],
      picture: async () => null,
    },
    changes: { ...changesOf(folder, marks, journal), threshold: config.threshold },
    config: config.desk,
    teaching: lessons(folder, file),
    passwordWasSet: () => true,
    audit: () => {},
  };
  return {
    ports,
    known: async () => ({
      text: [CONFIG, CONFIG.replace('0.5', '0.6')],
      'if-match': [`"${(await config.desk.read(true)).file.version}"`],
      key: [ALARM.key],
      station: ['outlet'],
      model: ['surface'],
      threshold: [0.5, 0.6, null],
      id: [INSPECTION, LABEL],
      label: [LABEL, 'good'],
      inspections: [[INSPECTION]],
      ids: [Array.from({ length: LETTERS }, (_, i) => i + 1)],
      said: ['good', 'bad', 'out'],
    }),
    close: async () => {
      await Promise.all([ports.access.close(), records.close(), whatIf.close(), marks.stop()]);
      journal.close();
    },
  };
}

const desksIn = (records: Records, config: Config): Pick<PagePorts, 'containment' | 'studies'> => ({
  containment: containIn(records, config),
  studies: studiesIn(records, config),
});

const NO_SHIFTS: PagePorts['shifts'] = {
  view: async () => ({ zone: null, present: null, shifts: [] }),
  groups: async () => ({ from: null, to: null, named: false, complete: true, items: [] }),
  report: async () => null,
};

const containIn = (records: Records, config: Config): ContainDesk =>
  new ContainDesk({
    clock: systemClock,
    newId: () => '00000000-0000-7000-8000-000000000001',
    records: () => records,
    config: () => config,
    alarmSince: () => null,
    people: () => ({ names: [], code: () => '' }),
    keep: async () => {},
  });

const studiesIn = (records: Records, config: Config): StudyDesk =>
  new StudyDesk({
    records: () => records,
    config: () => config,
    open: () => null,
    isBuilt: () => true,
    keep: () => {},
    now: () => systemClock.now(),
  });

/** One inspection with a finding, and events that nobody took, so that there is something to find. */
function fill(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { db } = openJournal(folder, 'now');
  db.prepare(
    `INSERT INTO inspections (id, station, sequence, outcome, at, trigger, recipe, verdict, reasons, answer, tags, frames, config_hash)
     VALUES (?, 'outlet', 1, 'judged', 1795956450000, 'tag', 'standard', 'nok', '[{"text":"surface defect"}]', 'none', '{}', '[]', '')`,
  ).run(INSPECTION);
  db.prepare(
    `INSERT INTO findings (inspection, model, package, version, variant, provider, sha256, kind, score, threshold)
     VALUES (?, 'surface', 'surface-defect', '1', 'int8', 'cpu', 'ab', 'classify', 0.7, 0.5)`,
  ).run(INSPECTION);
  const letter = db.prepare(
    "INSERT INTO dead_letters (publisher, event_id, station, topic, payload, stored_at, refused_at, why) VALUES ('mqtt', ?, 'outlet', 'a/b', '{}', 1, 2, 'full')",
  );
  for (let n = 0; n < LETTERS; n++) letter.run(`e${n}`);
  db.close();
  const file = new AccessFile(folder);
  file.put(ADMIN);
  file.close();
}

async function configDesk(folder: string, file: string) {
  const loaded = await loadConfig(file, { ...CATALOGUE, withoutSecrets: true });
  const history = new ConfigHistory(folder);
  await history.keep({ at: 1, who: null, config: loaded.hash, text: loaded.text });
  // There is a config: whatever is asked of a first one, nobody is connected to.
  const first = new FirstScreen({ file, env: {}, clock: systemClock, log: silent }, { store: () => null, apply: () => {} });
  const desk = new ConfigDesk(
    { file, env: {}, clock: systemClock, first },
    {
      running: () => ({ loaded, since: 1 }),
      refused: () => null,
      isApplying: () => false,
      history: async () => history,
      effectOf: async () => null,
      apply: () => {},
    },
  );
  return {
    desk,
    judging: () => ({
      config: loaded.config,
      hash: versionOf(loaded.text),
      slots: new Map(),
      manifests: new Map(),
      // Nobody is asked: no model runs.
      inference: {} as Inference,
      whyNot: () => 'no model runs here',
    }),
    threshold: ((who, verb, wish) => changeThreshold(desk, loaded.config, who, { ...wish, verb })) satisfies ChangesPort['threshold'],
  };
}

function changesOf(folder: string, marks: AlarmMarks, journal: ReturnType<typeof openDatabase>): Omit<ChangesPort, 'threshold'> {
  const pki = join(folder, 'pki');
  const label = journal.prepare(insertInto('labels'));
  const undo = journal.prepare('UPDATE labels SET undone = ? WHERE id = ? AND who = ?');
  const written = journal.prepare(insertInto('notes'));
  return {
    command: async () => ({}),
    acknowledgeAlarm: (key, who) => marks.acknowledge(key, who, [ALARM]),
    shelveAlarm: (key, shelf) => marks.shelve(key, shelf, [ALARM]),
    unshelveAlarm: (key) => marks.unshelve(key),
    relearn: async (key) => Promise.reject(new LinesideError('WEB_UNKNOWN', { what: `drift ${key} now` })),
    certificates: async () => ({ rejected: await listRejected(pki), trusted: await listTrusted(pki) }),
    trust: (fingerprint, server) => approve(pki, fingerprint, server),
    label: async ({ id, inspection, at, who, label: said, kind, boxes }: Label) =>
      void label.run(id, inspection, at, who, said, kind, boxes.length === 0 ? null : JSON.stringify(boxes), at),
    undo: async ({ at, id, who }) => void undo.run(at, id, who),
    note: async (note, who) => {
      const kept = noteOf(note, 'page', who, 0, { names: [], code: () => 'code' });
      written.run(kept.id, kept.at, kept.who, kept.source, kept.station, kept.part, kept.alarm, kept.text, 0);
      return kept;
    },
  };
}

/** A lesson can be begun, filled and sorted; there is no backbone to learn with. */
function lessons(folder: string, file: string): TeachDesk {
  return new TeachDesk({
    clock: systemClock,
    log: silent,
    folder: join(folder, 'teach'),
    store: folder,
    backbone: folder,
    packages: join(folder, 'packages'),
    isTaken: () => false,
    file: () => file,
    place: (station, model) =>
      station === 'outlet' && model === 'surface'
        ? { camera: 'top', region: null, part: null, judges: 'surface-defect', beside: null }
        : null,
    machine: () => null,
    shadow: () => null,
    encode: async () => null,
    reload: async () => ({}),
  });
}
