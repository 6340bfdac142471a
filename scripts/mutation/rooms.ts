/**
 * The rooms that are mutated, and the tests that are asked about each: the quick ones. What kills processes, fills disks or cuts
 * connections for seconds proves other things, and would be run once for each of thousands of mutants.
 */
export interface Room {
  /** What is mutated, as globs from the top of the repository. */
  readonly mutate: readonly string[];
  /** What is run. */
  readonly tests: readonly string[];
  /** Files of `tests` that are too slow to be asked. */
  readonly slow: readonly string[];
}

/** Of the publishers: what is said and concluded, which needs no broker. */
const WORDS = [
  'abilities',
  'broker-fault',
  'broker-options',
  'commands',
  'documents',
  'finding-schema',
  'heatmap',
  'inbound',
  'memory',
  'model-payloads',
  'payloads',
  'pieces',
  'ping-barrier',
  'retained',
  'schemas',
  'sender',
  'shadow-schema',
  'standing',
  'suspects',
  'takeover',
  'topics',
];
/** Of the publishers: the lanes of the outbox, which have tests of their own. */
const LANES = ['lane', 'drain', 'pace'];
/** Of the publishers: what is asked of a broker beside the agent. */
const ASKING = ['ping', 'keeps-nothing'];
/** Of the publishers: one connection, which every test with a broker goes through, by the tests that are about it. */
const CONNECTED = ['wire', 'session'];
/** Of the store: what needs no thread. */
const RECORDS = [
  'agent-time',
  'answer-notes',
  'audit-desk',
  'batch',
  'faults',
  'letters',
  'letters-desk',
  'packing',
  'picture-files',
  'reader',
  'rows',
  'spill',
  'store-faults',
  'tables',
];
/** Of data sets: the thread that packs them. */
const ARCHIVES = ['data-set/archive', 'data-set/zip-worker'];
/** Of the store: what every test of it goes through, by the tests that are about it. */
const ALONE: Readonly<Record<string, { readonly files: readonly string[]; readonly tests: readonly string[] }>> = {
  queue: { files: ['journal'], tests: ['queue'] },
  marks: { files: ['time-marks', 'ownership'], tests: ['time-marks', 'ownership'] },
  opening: { files: ['database', 'migrations', 'sqlite'], tests: ['opening', 'sqlite'] },
  watch: { files: ['log-watch'], tests: ['log-watch'] },
  carrying: { files: ['writer', 'outbox', 'protocol'], tests: ['outbox', 'writer'] },
  thread: { files: ['store', 'worker'], tests: ['journal', 'outbox', 'log'] },
  pictures: { files: ['pictures', 'picture-worker'], tests: ['pictures'] },
  reading: { files: ['read', 'csv'], tests: ['read', 'csv'] },
  search: { files: ['search', 'facets'], tests: ['search', 'walk', 'span-index'] },
  questions: { files: ['records', 'records-worker', 'thread-desk'], tests: ['records'] },
  counting: {
    files: ['tallies', 'figures', 'label-figures', 'review', 'said', 'span-index'],
    tests: ['review', 'tallies', 'figures', 'span-index'],
  },
  scores: { files: ['scores', 'score-histogram', 'refusals'], tests: ['scores'] },
  access: { files: ['access', 'access-file', 'access-worker'], tests: ['access'] },
  archives: { files: ARCHIVES, tests: ['archive'] },
  kept: { files: ['kept-frames', 'tag-history', 'differing'], tests: ['kept'] },
};
/** Of the config: the way in. */
const LOADING = ['load', 'covered', 'packages-folder'];
/** Of the config: what holds its parts together, beside checks/. */
const CHECKING = ['references', 'targets'];
const filesOf = (folder: string, names: readonly string[]): readonly string[] => names.map((name) => `agent/${folder}/${name}.ts`);
const testsOf = (folder: string, names: readonly string[]): readonly string[] => names.map((name) => `test/${folder}/${name}.test.ts`);

export const ROOMS: Readonly<Record<string, Room>> = {
  stations: { mutate: ['agent/stations/*.ts'], tests: ['test/stations/*.test.ts'], slow: [] },
  rules: { mutate: ['agent/rules/*.ts'], tests: ['test/rules/*.test.ts'], slow: [] },
  recorder: { mutate: ['agent/runtime/recorder.ts'], tests: ['test/runtime/recorder.test.ts'], slow: [] },
  // Files with tests of their own, which need neither a thread nor a broker. They stand before the room that has the whole folder.
  tidying: {
    mutate: ['agent/store/retention.ts', 'agent/store/salvage.ts'],
    tests: ['test/store/tidying.test.ts', 'test/store/salvage.test.ts'],
    slow: [],
  },
  lanes: {
    mutate: filesOf('publishers', LANES),
    tests: ['test/publishers/lane.test.ts', 'test/publishers/drain.test.ts', 'test/publishers/parts.test.ts'],
    slow: [],
  },
  records: {
    mutate: filesOf('store', RECORDS),
    tests: testsOf('store', [
      'agent-time',
      'answer-notes',
      'batch',
      'desk',
      'queue',
      'refusals',
      'rows',
      'salvage',
      'spill',
      'standing',
      'tidying',
    ]),
    slow: [],
  },
  ...Object.fromEntries(
    Object.entries(ALONE).map(([name, { files, tests }]) => [
      name,
      { mutate: filesOf('store', files), tests: testsOf('store', tests), slow: [] },
    ]),
  ),
  'data-set': {
    mutate: ['agent/store/data-set/*.ts', ...filesOf('store', ARCHIVES).map((file) => `!${file}`)],
    tests: testsOf('store', ['labelled']),
    slow: [],
  },
  store: {
    mutate: [
      'agent/store/*.ts',
      ...filesOf('store', ['retention', 'salvage', ...RECORDS, ...Object.values(ALONE).flatMap(({ files }) => files)]).map(
        (file) => `!${file}`,
      ),
    ],
    tests: ['test/store/*.test.ts'],
    slow: ['test/store/faults.test.ts', 'test/store/crash.test.ts', 'test/store/letters.test.ts', 'test/store/sqlite.test.ts'],
  },
  words: {
    mutate: filesOf('publishers', WORDS),
    tests: testsOf('publishers', [
      'abilities',
      'broker-options',
      'desk',
      'documents',
      'gates',
      'parts',
      'payloads',
      'sender',
      'standing',
      'suspects',
      'topics',
    ]),
    slow: [],
  },
  asking: { mutate: filesOf('publishers', ASKING), tests: testsOf('publishers', ASKING), slow: [] },
  wire: { mutate: filesOf('publishers', ['wire']), tests: testsOf('publishers', ['wire']), slow: [] },
  session: { mutate: filesOf('publishers', ['session']), tests: testsOf('publishers', ['session', 'publisher', 'connection']), slow: [] },
  publishers: {
    mutate: ['agent/publishers/*.ts', ...filesOf('publishers', [...LANES, ...WORDS, ...ASKING, ...CONNECTED]).map((file) => `!${file}`)],
    tests: testsOf('publishers', ['publisher', 'session', 'connection']),
    slow: [],
  },
  // What every test of the config goes through, by the tests that are about it: the others would be run for each of its mutants.
  checks: {
    mutate: ['agent/config/checks/*.ts', ...filesOf('config', CHECKING)],
    tests: testsOf('config', ['bounds', 'broken-references', 'checks', 'checks-follow', 'checks-models', 'paths', 'values']),
    slow: [],
  },
  loading: {
    mutate: filesOf('config', LOADING),
    tests: testsOf('config', ['load', 'covered', 'secrets']),
    slow: [],
  },
  masking: { mutate: ['agent/config/mask.ts'], tests: ['test/config/mask.test.ts'], slow: [] },
  watching: { mutate: ['agent/config/watch.ts'], tests: ['test/config/watch.test.ts'], slow: [] },
  config: {
    mutate: ['agent/config/*.ts', ...filesOf('config', ['watch', 'mask', ...LOADING, ...CHECKING]).map((file) => `!${file}`)],
    tests: ['test/config/*.test.ts'],
    // Every key of the schema wrong once: seven hundred loads, each of which meets most of the mutants.
    // And what is about the references between parts (checks/), which are another room.
    slow: ['test/config/docs.test.ts', 'test/config/leaves.test.ts', 'test/config/broken-references.test.ts'],
  },
};

/** The room a file belongs to; undefined where none does. */
export const roomOf = (file: string): string | undefined =>
  Object.keys(ROOMS).find((name) =>
    ROOMS[name]?.mutate.some((glob) => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`).test(file)),
  );
