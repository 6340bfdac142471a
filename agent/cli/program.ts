/** The command line: which command takes what. Each command's work is in a file of its own, loaded only when it is called. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Region } from '../contracts/index.ts';
import { CHARTS } from '../decisions/spc/chart-names.ts';
import { ZONE_RULES } from '../decisions/spc/zone-rules.ts';
import { LinesideError } from '../errors.ts';
import { version } from '../platform/package-root.ts';
import { MOST_ROWS, QUESTION_NAMES } from '../store/question-table.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit.ts';
import { intervals } from './interval.ts';

/** Runs one command; resolves with its exit code. Faults of the table are printed as sentence and next step. */
export async function program(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const root = build((ran) => {
    code = ran;
  });
  try {
    await root.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(thrown instanceof LinesideError)) throw thrown;
    process.stderr.write(`${await inWords(thrown)}\n`);
    return exitCodeOf(thrown);
  }
}

/** Config faults with the lines they stand in; any other fault as its sentence and next step. */
async function inWords(fault: LinesideError): Promise<string> {
  const { ConfigInvalid } = await import('../config/faults.ts');
  if (!(fault instanceof ConfigInvalid)) return `${fault.message}\n${fault.next}`;
  const { explain } = await import('../config/explain.ts');
  return explain(fault, { colour: process.stderr.isTTY });
}

type Done = (code: ExitCode) => void;

const config = () => new Option('-c, --config <file>', 'the YAML file of this gateway').default('lineside.yaml').env('LINESIDE_CONFIG');
const json = () => new Option('--json', 'one JSON object on standard output');
const provider = () =>
  new Option('--provider <name...>', 'execution providers in order').choices(['cpu', 'cuda', 'tensorrt']).default(['cpu']);
const folder = () => new Option('--models <folder>', 'folder of the packages');
const itsPackages = () =>
  new Option('-c, --config <file>', 'the packages of this config, those taught on this box too').conflicts('models');
const file = () => new Argument('[file]', 'the YAML file, as after --config');
const add = (root: Command, name: string, text: string, examples: readonly string[]) =>
  root.command(name).description(text).addHelpText('after', exampleText(examples));

/** `check line.yaml` is what people type. Two files are one too many. */
function withFile<Options extends { config: string }>(given: string | undefined, options: Options, command: Command): Options {
  if (given === undefined) return options;
  const asked = command.getOptionValueSource('config') === 'cli' ? options.config : given;
  if (asked !== given) throw new LinesideError('USAGE', { why: `two config files are named, ${given} and ${asked}; which one is it` });
  return { ...options, config: given };
}

function build(done: Done): Command {
  const root = new Command('lineside')
    .description('Judges every part on a production line, keeps every judgement, and tells the PLC in time.')
    .version(version)
    .exitOverride()
    // `export` and `export labels` both have a --to.
    .enablePositionalOptions()
    .hook('preAction', (_, running) => refuseStray(running))
    .showHelpAfterError('(run with --help for examples)');
  addInit(root, done);
  addRunning(root, done);
  addDemo(root, done);
  addCheck(root, done);
  addModels(root, done);
  addTeach(root, done);
  addRecords(root, done);
  addQuestions(root, done);
  addLanguage(root, done);
  addNotes(root, done);
  addGoodHours(root, done);
  addOutbox(root, done);
  addServers(root, done);
  addPassword(root, done);
  addShifts(root, done);
  addSpc(root, done);
  addContain(root, done);
  addMsa(root, done);
  addSchedule(root, done);
  addBench(root, done);
  return root;
}

/** An option of `export` that stands before `labels` is read by `export`, which does not run then: it would count for nothing. */
function refuseStray(running: Command): void {
  for (let above = running.parent; above; above = above.parent) {
    const from = above;
    const stray = above.options.find((option) => from.getOptionValueSource(option.attributeName()) === 'cli');
    if (stray)
      throw new LinesideError('USAGE', {
        why: `${stray.long} before \`${running.name()}\` belongs to \`${above.name()}\` and would do nothing; what ${running.name()} is to know stands behind it`,
      });
  }
}

function addSchedule(root: Command, done: Done): void {
  const schedule = add(root, 'schedule', 'What runs next.', [
    'lineside schedule plan --orders orders.csv --facts facts.yaml',
    'lineside schedule bench --jsplib /data/jsplib --instances ft06 la01',
  ]);
  addPlan(schedule, done);
  add(schedule, 'bench', 'What the search for schedules reaches on job shops of the literature, each schedule with its starts.', [
    'lineside schedule bench --jsplib /data/jsplib --instances ft06 la01 --seconds 10',
    'lineside schedule bench --jsplib /data/jsplib --instances ft10,ft20 --json',
  ])
    .requiredOption('--jsplib <folder>', 'folder of JSPLib: instances.json and the files it names')
    .option('--instances <name...>', 'only these, apart by blanks or commas', namesIn)
    .option('--seconds <n>', 'for each', positive, 60)
    .option('--searches <n>', 'processes that search beside each other', wholeNumber(64), 2)
    .addOption(json())
    .action(async (options) => done(await (await import('./schedule.ts')).benchSchedules(options)));
}

function addPlan(schedule: Command, done: Done): void {
  add(
    schedule,
    'plan',
    'In which order one line with set-ups makes its orders: begin and end of each, set-ups, how late and how probably, and what the plan gains.',
    [
      'lineside schedule plan --orders orders.csv --facts facts.yaml',
      'lineside schedule plan --orders orders.json --config lineside.yaml --now 2026-12-01T06:00Z --json',
      'lineside schedule plan --orders orders.csv --facts facts.yaml --present plan.json --least-gain 5m',
    ],
  )
    .requiredOption(
      '--orders <file>',
      'CSV with the columns id, quantity, recipe and, as needed, due, material, priority, released, made; or JSON',
    )
    .option('--facts <file>', 'YAML or JSON: recipes, setup, stops, tool, closed, standing')
    .addOption(new Option('-c, --config <file>', 'facts from `planning.facts` of this config').conflicts('facts'))
    .option('--now <instant>', 'when the plan begins; default: now', time)
    .option('--present <file>', 'the plan of now, as --json writes it: what gains nothing stays as it is')
    .option('--least-gain <duration>', 'what a move against the plan of now has to gain', duration, '1m')
    .option('--lost <n>', 'an hour lost to set-ups and waiting counts as so many hours late of an order of priority 1', positive, 1)
    .option('--seconds <n>', 'for the search', positive, 5)
    .option('--samples <n>', 'runs that the probability of being late is counted over', wholeNumber(100_000), 1000)
    .addOption(json())
    .action(async (options) => done(await (await import('./schedule-plan.ts')).planOrders(options)));
}

function addShifts(root: Command, done: Done): void {
  add(root, 'kpi', 'Figures of the last shifts by ISO 22400-2 out of the journal, whether an agent runs or not: docs/shifts.md.', [
    'lineside kpi',
    'lineside kpi --shift last',
    'lineside kpi --shift 2026-12-01/early --json',
    'lineside kpi --by order --last 3',
  ])
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .option('--shift <shift>', 'last, now, or the day on which it began and its name, such as 2026-12-01/early')
    .option('--last <n>', 'so many shifts, the newest first', wholeNumber(100), 10)
    .addOption(
      new Option('--by <what>', 'recipe and order: over these shifts together').choices(['shift', 'recipe', 'order']).default('shift'),
    )
    .addOption(json())
    .action(async (options) => done(await (await import('./kpi.ts')).kpi(options)));
  add(root, 'report', 'What the next shift must know of one: figures with the query of each, what got worse, holds, alarms, notes.', [
    'lineside report',
    'lineside report --shift 2026-12-01/early --format html --to early.html',
    'lineside report --shift now --format json',
    'lineside report --format pdf --to last.pdf',
  ])
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .option('--shift <shift>', 'last, now, or the day on which it began and its name, such as 2026-12-01/early', 'last')
    .addOption(new Option('--format <format>', 'pdf where Chromium is installed').choices(['text', 'html', 'json', 'pdf']).default('text'))
    .option('--to <file>', 'instead of standard output')
    .action(async (options) => done(await (await import('./report.ts')).report(options)));
}

const csv = () => new Argument('<file>', 'CSV with a header, as a spreadsheet or `lineside export` writes it');

function addSpc(root: Command, done: Done): void {
  add(
    root,
    'spc',
    'A control chart over the columns of a CSV file: limits of a first phase, what is out of control and by which rule, capability.',
    [
      'lineside spc widths.csv --of width --phase-one 50',
      'lineside spc rings.csv --of a b c d e --chart xbar_r --phase-one 25 --lower 73.95 --upper 74.05',
      'lineside spc widths.csv --of width --by lot --chart xbar_s --rules nelson_1 nelson_2 --json',
      'lineside spc shifts.csv --of scratched --size parts --chart p',
      'lineside spc boiler.csv --of t1 t2 t3 --chart t2 --phase-one 25',
    ],
  )
    .addArgument(csv())
    .requiredOption('--of <column...>', 'the numbers; several columns are one subgroup a row, or the numbers of one part for t2')
    .addOption(new Option('--chart <kind>', 'what is drawn').choices(Object.keys(CHARTS)).default('individuals'))
    .option('--subgroup <n>', 'so many rows in a row are one subgroup', wholeNumber(25))
    .option('--by <column>', 'rows with the same word in it are one subgroup: a lot, a cavity')
    .option('--size <n|column>', 'for p, np and u: how many parts each count is of')
    .option('--phase-one <n>', 'so many samples say what is usual; default: all of them', wholeNumber(1e9))
    .addOption(new Option('--rules <name...>', 'patterns that count as out of control; default: nelson_1').choices(Object.keys(ZONE_RULES)))
    .option('--lower <limit>', 'of the drawing, for capability', anyNumber)
    .option('--upper <limit>', 'of the drawing, for capability', anyNumber)
    .option('--target <value>', 'of the drawing, for Cpm', anyNumber)
    .option('--lambda <weight>', 'of ewma; default: 0.2', share)
    .option('--width <n>', 'of ewma, in standard errors; default: 3', positive)
    .option('--h <n>', 'limit of cusum, in standard errors; default: 5', positive)
    .option('--shift <n>', 'that cusum is to find fast, in standard errors; default: 1', positive)
    .addOption(json())
    .action(async (path, options) => done(await (await import('./spc.ts')).chartOf(path, options)));
}

function addContain(root: Command, done: Done): void {
  add(
    root,
    'contain',
    'Since when may a station have been wrong, and which parts are those? Since the last proof, or since what you name.',
    [
      'lineside contain --station outlet',
      'lineside contain --station outlet --since 2026-03-02T06:00Z --csv suspects.csv',
      'lineside contain --station outlet --alarm SCORES_DRIFTED/outlet/surface --json',
      'lineside contain --station outlet --package surface',
    ],
  )
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config, which also says what is lot and order')
    .requiredOption('--station <name>', 'whose parts')
    .option('--since <time>', 'all was good until then, ISO 8601', time)
    .option('--alarm <key>', 'since the last proof before that alarm')
    .option('--inspection <id>', 'since the last proof before that part, which was judged wrongly')
    .option('--package <model>', 'since another package judges there, by the name of the model in the rules')
    .option('--csv <file>', 'all of them, one line a part')
    .option('--json', 'for scripts; the first 10,000 parts')
    .action(async (options) => done(await (await import('./contain.ts')).contain(options)));
}

function addMsa(root: Command, done: Done): void {
  const msa = add(root, 'msa', 'Is the gauge fit for what it judges? Measurement system analysis (AIAG, VDA 5) over a CSV file.', [
    'lineside msa type-one master.csv --of width --reference 10 --tolerance 0.5',
    'lineside msa repeatability study.csv --of width --part part --appraiser who',
    'lineside msa agreement study.csv --part part --appraiser who --said verdict --truth master',
  ]);
  add(msa, 'type-one', 'One master part, measured again and again: Cg, Cgk and bias.', [
    'lineside msa type-one master.csv --of width --reference 10 --tolerance 0.5',
    'lineside msa type-one master.csv --of width --reference 10 --tolerance 0.5 --percent 15 --spread 4 --json',
  ])
    .addArgument(csv())
    .requiredOption('--of <column>', 'what was measured')
    .requiredOption('--reference <value>', 'true value of the master', anyNumber)
    .requiredOption('--tolerance <width>', 'upper less lower limit of the drawing', positive)
    .option('--percent <n>', 'of the tolerance that the gauge may take', positive, 20)
    .option('--spread <n>', 'standard deviations that stand for its spread', positive, 6)
    .option('--least <n>', 'what Cg and Cgk must reach', positive, 1.33)
    .addOption(json())
    .action(async (path, options) => done(await (await import('./msa.ts')).studyTypeOne(path, options)));
  add(msa, 'repeatability', 'Gage R&R by analysis of variance: several parts, each measured several times by several appraisers.', [
    'lineside msa repeatability study.csv --of width --part part --appraiser who',
    'lineside msa repeatability study.csv --of width --part part --appraiser who --tolerance 0.5 --json',
  ])
    .addArgument(csv())
    .requiredOption('--of <column>', 'what was measured')
    .requiredOption('--part <column>', 'which part it was')
    .requiredOption('--appraiser <column>', 'who measured: a person, a camera, a station')
    .option('--tolerance <width>', 'upper less lower limit of the drawing', positive)
    .addOption(json())
    .action(async (path, options) => done(await (await import('./msa.ts')).studyRepeatability(path, options)));
  addMsaAtTheLine(msa, done);
  add(msa, 'agreement', 'Good or bad: parts whose truth is known, judged several times; people beside the agent where they judged too.', [
    'lineside msa agreement study.csv --part part --appraiser who --said verdict --truth master',
  ])
    .addArgument(csv())
    .requiredOption('--part <column>', 'which part it was')
    .requiredOption('--appraiser <column>', 'who judged: the agent, a person')
    .requiredOption('--said <column>', 'good or bad, ok or nok')
    .requiredOption('--truth <column>', 'what it is')
    .addOption(json())
    .action(async (path, options) => done(await (await import('./msa.ts')).studyAgreement(path, options)));
}

/** Studies that the agent makes itself. */
function addMsaAtTheLine(msa: Command, done: Done): void {
  add(msa, 'masters', 'Master parts out of a CSV file, as `studies` of a station has them in the config.', [
    'lineside msa masters masters.csv --part id --truth is',
  ])
    .addArgument(csv())
    .requiredOption('--part <column>', 'id of the part')
    .requiredOption('--truth <column>', 'good or bad, ok or nok')
    .action(async (path, options) => done(await (await import('./msa-line.ts')).mastersOf(path, options)));
  const tells = [
    ['start', 'begin', 'Have the running agent begin a study of its config: which part is asked for.', '<study>'],
    ['place', 'place', 'Where parts are known by their order: the part that is asked for lies there.', null],
    ['again', 'again', 'The last part that counted was another one than was asked for.', null],
    ['cancel', 'cancel', 'End the study that is open.', null],
  ] as const;
  for (const [name, verb, summary, argument] of tells) {
    const own = argument === null ? '' : ' masters';
    const command = add(msa, name, `${summary} Over the broker of the config.`, [`lineside msa ${name}${own} --station outlet`]);
    if (argument !== null) command.addArgument(new Argument(argument, 'as the config names it'));
    command
      .addOption(config())
      .requiredOption('--station <name>', 'whose study')
      .addOption(json())
      .action(async (...given) => {
        const study = argument === null ? undefined : String(given[0]);
        const options = given[argument === null ? 0 : 1];
        return done(await (await import('./msa-line.ts')).tellStudy(verb, study, options));
      });
  }
  add(msa, 'status', 'Gauge studies that were begun at the line, the newest first, and how far they have come.', [
    'lineside msa status',
    'lineside msa status --last 1 --json',
  ])
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .option('--last <n>', 'so many', wholeNumber(1000), 20)
    .addOption(json())
    .action(async (options) => done(await (await import('./msa-line.ts')).studiesOf(options)));
  add(msa, 'report', 'What a gauge study at the line says, against the bounds of AIAG.', [
    'lineside msa report',
    'lineside msa report 01a22758-a2db-7754-a24a-dcf9774e47f7 --format html --to study.html',
    'lineside msa report last --format csv --to raw.csv',
  ])
    .addArgument(new Argument('[id]', 'of the study, or last').default('last'))
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .addOption(
      new Option('--format <format>', 'csv: what was shown, line by line').choices(['text', 'html', 'json', 'csv']).default('text'),
    )
    .option('--to <file>', 'instead of standard output')
    .action(async (id, options) => done(await (await import('./msa-line.ts')).reportOf(id, options)));
}

function addInit(root: Command, done: Done): void {
  add(
    root,
    'init',
    'Ask the way to a first config: tries each address that you name, browses tags, looks through cameras, writes the file.',
    [
      'lineside init',
      'lineside init --camera rtsp://10.1.3.31/stream1 --plc opc.tcp://10.1.3.20:4840',
      'lineside init --yes --json --line acme/dresden/castings/line3 --station outlet --camera rtsp://10.1.3.31/stream1 --out line.yaml',
    ],
  )
    .addOption(new Option('-o, --out <file>', 'the file to write').default('lineside.yaml').env('LINESIDE_CONFIG'))
    .option('--line <levels>', 'enterprise/site/area/line of ISA-95; topics begin with it')
    .option('--station <name>', 'the point on the line where parts are judged')
    .option('--camera <url...>', 'rtsp://, http://, dir:///path; name=url gives it a name. A password in it goes to a file')
    .option('--package <name>', 'model package that looks at the pictures')
    .option('--plc <url>', 'OPC UA server: opc.tcp://10.1.3.20:4840')
    .option('--plc-user <name>', 'user at the PLC')
    .option('--plc-password <reference>', '${env:NAME} or ${file:/path}')
    .option('--plc-unencrypted', 'take a channel without encryption where the PLC offers no other')
    .option('--trust <fingerprint>', 'SHA-256 of the certificate of the PLC, as the PLC shows it')
    .option('--trigger <node>', 'node whose edge starts an inspection; with --yes what is proposed, else every picture does')
    .option('--part <node>', 'node with the serial of the part; with --yes what is proposed')
    .option('--counter <node>', 'node that counts parts; with --yes what is proposed')
    .option('--verdict <node>', 'node that the verdict is written to; never without being named')
    .option('--verdict-part <node>', 'node that the id of the judged part is written to; never without being named')
    .option('--broker <url>', 'MQTT broker: mqtts://broker.plant:8883')
    .option('--broker-user <name>', 'user at the broker')
    .option('--broker-password <reference>', '${env:NAME} or ${file:/path}')
    .option('--broker-ca <file>', 'PEM file with the authority that signed the broker’s certificate')
    .option('--broker-unencrypted', 'take an unencrypted connection to another box')
    .option('--store <folder>', 'folder of the journal, the certificates and the passwords; default: lineside-data beside the file')
    .addOption(folder())
    .option('--force', 'replace a file that is there')
    .option('-y, --yes', 'ask nothing: what no flag says is left at its default')
    .addOption(json())
    .action(async (options) => done(await (await import('./init.ts')).init(options)));
}

function addRunning(root: Command, done: Done): void {
  add(root, 'run', 'Run the agent until it is told to stop.', [
    'lineside run /etc/lineside/line.yaml',
    'lineside run --config /etc/lineside/line.yaml',
  ])
    .addArgument(file())
    .addOption(config())
    .option(
      '--no-page',
      'with a broken config, or none, end (exit code 3), instead of staying up with the page on which it is mended or made',
    )
    .action(async (given, options, command) => done(await (await import('./run.ts')).run(withFile(given, options, command))));
}

function addDemo(root: Command, done: Done): void {
  add(root, 'demo', 'Run a simulated press with everything built in: broker, OPC UA server, camera, models.', [
    'lineside demo',
    'lineside demo --parts 300 --json',
    'lineside demo --rate 20 --minutes 20',
    'lineside demo --shift',
  ])
    .option('--parts <n>', 'end after this many parts', positive)
    .option('--minutes <n>', 'end after this time', positive)
    .option('--rate <n>', 'parts a second', positive)
    .option('--seed <n>', 'another seed, another day at the press', positive)
    .option('--curve <file>', 'write memory and latency every few seconds as CSV')
    .option('--shift', 'two minutes that stand for a shift: orders, master parts, a drifting die, a hold, a new plan, the report')
    .option('--report <file>', 'with --shift: where the report goes; default: the folder for temporary files')
    .addOption(json())
    .action(async (options) =>
      done(options.shift ? await (await import('./demo-shift.ts')).demoShift(options) : await (await import('./demo.ts')).demo(options)),
    );
}

function addCheck(root: Command, done: Done): void {
  add(root, 'check', 'Dry run: is the config right, does everything it names answer, which topics will appear.', [
    'lineside check line.yaml',
    'lineside check --config line.yaml',
    'lineside check --offline --json',
  ])
    .addArgument(file())
    .addOption(config())
    .option('--offline', 'look at the file only, connect nowhere')
    .addOption(json())
    .action(async (given, options, command) => done(await (await import('./check.ts')).check(withFile(given, options, command))));
}

function addModels(root: Command, done: Done): void {
  const models = add(root, 'models', 'Model packages on this box.', ['lineside models list', 'lineside models verify --json']);
  for (const each of [addPackages, addScore, addEvaluate, addSelect, addCompare, addImport, addShadow, addSwitches, addModelBench])
    each(models, done);
}

function addPackages(models: Command, done: Done): void {
  models
    .command('list')
    .description(
      'Packages with kind, version, variants and figures: those that came with the agent, or those of a config, taught ones too.',
    )
    .addOption(folder())
    .addOption(itsPackages())
    .addOption(json())
    .action(async (options) => done(await (await import('./models.ts')).list(options)));
  models
    .command('verify')
    .description('Hashes and golden outputs, every variant, on this box.')
    .argument('[package...]', 'packages by name, or paths of their folders; default: all')
    .addOption(folder())
    .addOption(itsPackages())
    .addOption(provider())
    .addOption(json())
    .action(async (packages, options) => done(await (await import('./models.ts')).verify(packages, options)));
}

function addScore(models: Command, done: Done): void {
  models
    .command('score')
    .description(
      'What a package says of each picture of a folder, or of each row of a recording from what came before it: score, threshold, and where or what it was.',
    )
    .argument('<package>', 'package, or the path of its folder')
    .requiredOption('--on <file>', 'a folder of pictures, or a CSV file: a header with the names of the tags, a row a grid step')
    .option(
      '--region <x,y,width,height>',
      'of every picture, in pixels, as the config says it of the model; default: the one that a package was taught on which looks for its part, else all of it',
      region,
    )
    .option('--variant <name>', 'default: the one that this box would take')
    .addOption(folder())
    .addOption(provider())
    .addOption(json())
    .addHelpText(
      'after',
      exampleText(['lineside models score press-normal --on monday.csv', 'lineside models score ./ring-looks --on monday --json']),
    )
    .action(async (name, options) => done(await (await import('./models-score.ts')).scoreWith(name, options)));
}

function addTeach(root: Command, done: Done): void {
  const teach = add(root, 'teach', 'Teach this box what is normal here: the result is an ordinary model package.', [
    'lineside teach machine --csv monday.csv --csv tuesday.csv --csv wednesday.csv --csv thursday.csv --to press-normal',
    'lineside teach machine --station outlet --good 2026-03-02T06:00/07:30 2026-03-02T14:00/PT2H --look --to press-normal',
  ]);
  addTeachMachine(teach, done);
  addTeachPart(teach, done);
  addTeachBench(teach, done);
}

function addTeachMachine(teach: Command, done: Done): void {
  add(
    teach,
    'machine',
    'A normal machine, from its tags in stretches of good production: recordings, or what this box has stored itself. At least four, from different hours, shifts or days: one stretch cannot tell a machine that has settled from one that still wanders, and with fewer than four nothing is promised.',
    [
      'lineside teach machine --csv monday.csv --csv tuesday.csv --csv wednesday.csv --csv thursday.csv --to press-normal',
      'lineside teach machine --csv good/*.csv --to ./press-normal --alarm 1000 --json',
      'lineside teach machine --config line.yaml --station outlet --good 2026-03-02T06:00/07:30 2026-03-02T14:00/PT2H 2026-03-03T22:00/04:00 2026-03-05T06:00/07:00 --look --to press-normal',
      'lineside teach machine --config line.yaml --station outlet --good 2026-03-02T06:00+01:00/2026-03-02T07:30+01:00 --to press-normal',
    ],
  )
    .option(
      '--csv <file...>',
      'header = names of the tags, a row a grid step; a column of times is allowed. Each file is a stretch, or several with pauses between',
    )
    .option(
      '--good <begin/end...>',
      'instead, hours of a station in which all was well, out of what its parts stored of their tags: begin and end, or begin/PT1H30M, in the time of this box where no zone stands; three days each at most, none twice',
      intervals,
    )
    .addOption(config())
    .option('--station <name>', 'of the config; may be left out where only one reads tags')
    .requiredOption('--to <package>', 'name of the package, or the path of its folder; with --good it goes to what is taught on this box')
    .option('--alarm <n>', 'alarm for 1 good row in so many', moreThanOne, 100)
    .option('--look', 'tell what would be learned and promised, and write nothing')
    .option('--memory <MB>', 'that it may take', positive, 1000)
    .option('--release <version>', 'version of the package; default: 0.1.0, or the next one of what is replaced')
    .option('--force', 'replace a package of that name, which stays in its place until the new one has proved itself')
    .addOption(folder())
    .addOption(json())
    .action(async (options) => done(await (await import('./teach.ts')).teachMachineFrom(options)));
}

function addTeachBench(teach: Command, done: Done): void {
  add(teach, 'bench', 'What teaching reaches on the open sets, mean and spread of several draws; takes minutes.', [
    'lineside teach bench --data /data --json',
    'lineside teach bench --data /data --promises 100',
    'lineside teach bench --data /data --sets skab tiles:30',
  ])
    .option('--data <folder>', 'folder of the data sets; default: LINESIDE_DATA, else ../shared/data beside the checkout')
    .option('--draws <n>', 'lessons of each kind', positive, 5)
    .option('--promises <n>', 'lessons more whose promise about false rejects is tried', positive, 0)
    .option('--sets <name...>', 'only these: tiles, screws, skab, or one lesson of theirs such as tiles:100+20')
    .option('--small-faults', 'look at pictures at twice as many pixels each way')
    .option('--moved <percent>', 'the middle of each picture is its part, moved by up to so much of it each way, 15 at most', movedBy)
    .option('--registered', 'parts are looked for, and judged where they are found')
    .option('--marked', 'bad tiles that are shown are marked where they are bad, by the masks of their set')
    .addOption(json())
    .action(async (options) => done(await (await import('./teach-bench.ts')).benchTeaching(options)));
}

function addTeachPart(teach: Command, done: Done): void {
  add(
    teach,
    'part',
    'A part, from pictures of good ones, and of bad ones where there are some. Ten at the least, from several shifts and lots.',
    [
      'lineside teach part --good good --look --to ring-looks',
      'lineside teach part --good good --to ring-looks',
      'lineside teach part --good good --bad bad --to ring-looks --reject 50 --json',
      'lineside teach part --good good --bad bad --masks masks --to ring-looks',
      'lineside teach part --good good --bad bad --small-faults --look --to ring-looks',
      'lineside teach part --good good --registered --region 120,80,640,480 --to ring-looks',
    ],
  )
    .requiredOption('--good <folder>', 'pictures of good parts')
    .option(
      '--bad <folder>',
      'pictures of bad ones; in a folder for each kind, or as they are. NAME_mask.png beside NAME.jpg is no picture but its mask: of its size, black where the part is good and white, or the number of a kind as VOC has it, where it is bad',
    )
    .option(
      '--masks <folder>',
      'masks of pictures of --bad that lie elsewhere, in folders like theirs: KIND/NAME_mask.png (as MVTec AD has them in ground_truth) or KIND/NAME.png (as VOC and COCO-Stuff have them)',
    )
    .requiredOption('--to <package>', 'name of the package, or the path of its folder')
    .option(
      '--reject <n>',
      'of good parts at most 1 in so many may be rejected, as far as the good ones shown can promise it',
      moreThanOne,
      20,
    )
    .option(
      '--by-part',
      'pictures in one folder within (of bad ones: within the folder of their kind) show one part: none is judged by another',
    )
    .option('--look', 'tell what would be learned, the odd ones out first, and write nothing')
    .option(
      '--small-faults',
      'look at pictures at twice as many pixels each way; takes four times as long for every part, and is compared with pictures as they are',
    )
    .option('--region <x,y,width,height>', 'of every picture, in pixels, that the part fills; default: all of it', region)
    .option(
      '--registered',
      'the part moves: in every picture it is looked for, by shift, up to a sixth of the region each way from where it lies in the most typical good one (without --region that is the inner three quarters of the picture), and judged where it is found; a picture without it is not judged',
    )
    .option('--memory <MB>', 'that it may take', positive, 1000)
    .option('--release <version>', 'version of the package; default: 0.1.0, or the next one of what is replaced')
    .option('--force', 'replace a package of that name, which stays in its place until the new one has proved itself')
    .addOption(folder())
    .addOption(json())
    .action(async (options) => done(await (await import('./teach.ts')).teachPartFrom(options)));
}

function addEvaluate(models: Command, done: Done): void {
  models
    .command('evaluate')
    .description('Figures of a package on the data set its manifest names, with interval, fp32 and a baseline that learns nothing.')
    .argument('[package...]', 'packages whose manifest has `evaluation`, by name or by the paths of their folders')
    .option('--all', 'every package that has one')
    .option('--data <folder>', 'folder of the data sets; default: LINESIDE_DATA, else ../shared/data beside the checkout')
    .option('--on <path>', 'your own pictures instead: a folder with a subfolder for each label, or a CSV file with file,label[,group]')
    .option('--variants', 'every variant, as a list')
    .option(
      '--predictions <file>',
      'what models outside of Lineside said: CSV with sample,model,label and, where they learnt anew, shuffle,truth',
    )
    .option('--protocol <name>', 'what the predictions are held against')
    .option('--variant <name>', 'a variant to hold against fp32; default: the int8 one that this box would take')
    .addOption(folder())
    .addOption(provider())
    .addOption(json())
    .addHelpText(
      'after',
      exampleText([
        'lineside models evaluate surface-defect',
        'lineside models evaluate --all --data /data --json',
        'lineside models evaluate surface-defect --on /data/monday',
        'lineside models evaluate --predictions mill.csv --protocol cnc-mill',
      ]),
    )
    .action(async (packages, options) => done(await (await import('./evaluate.ts')).evaluatePackages(packages, options)));
}

function addSelect(models: Command, done: Done): void {
  models
    .command('select')
    .description('The most accurate package, variant and number of threads that fits a deadline on this box, and why. Changes nothing.')
    .argument('[package...]', 'candidates; with --station beside those that the station runs')
    .option('--station <name>', 'a station of the config: its models, regions, deadline and journal count')
    .option('-c, --config <file>', 'with --station; default: LINESIDE_CONFIG, else lineside.yaml')
    .option('--deadline <duration>', 'such as 50ms; default: the station’s', duration)
    .option('--reserve <duration>', 'for choice of the frame, rules and write; default: what the journal says, else a fifth', duration)
    .option('--figure <name>', 'which figure counts; default: the first of the protocol')
    .option('--on <path>', 'measure the figures on your own labelled pictures, instead of taking the manifests’')
    .option('--data <folder>', 'measure the figures on the data set that the manifest names')
    .option('--threads <n...>', 'threads of one inference; default: 1, 2 and 4 as far as there are processors', positives)
    .option('--rounds <n>', 'interleaved rounds', positive, 10)
    .option('--runs <n>', 'runs of each in a round', positive, 20)
    .addOption(folder())
    .addOption(provider())
    .addOption(json())
    .addHelpText(
      'after',
      exampleText([
        'lineside models select --station outlet --config line.yaml',
        'lineside models select --station outlet --deadline 50ms --threads 1 2 --json',
        'lineside models select surface-defect --deadline 30ms --on /data/monday',
      ]),
    )
    .action(async (packages, options) => done(await (await import('./models-select.ts')).selectModels(packages, options)));
}

function addCompare(models: Command, done: Done): void {
  models
    .command('compare')
    .description('Two packages, or two variants of one, on the same pictures, windows or notes: where they agree, and which is right.')
    .argument('<a>', 'package, package@variant, or the path of a package')
    .argument('<b>', 'the other one; @variant alone is of the same package')
    .option(
      '--on <path>',
      'labelled pictures as `evaluate --on` takes them, a folder of pictures, a .txt file with a note a line, or a journal',
    )
    .option('--data <folder>', 'without --on: folder of the data sets, for the one that the manifest names')
    .option('-c, --config <file>', 'a station’s config: its journal (without --on), camera, region, limits and calibration count')
    .option('--station <name>', 'of a journal: one station only')
    .option('--from <time>', 'of a journal: first moment, ISO 8601', time)
    .option('--to <time>', 'of a journal: last moment, ISO 8601', time)
    .option('--newest <n>', 'of a journal: inspections to look through, without --from', positive, 2000)
    .option('--picture <file>', 'write a PNG of the most different ones, side by side')
    .option('--show <n>', 'most different ones that are shown', positive, 12)
    .addOption(folder())
    .addOption(provider())
    .addOption(json())
    .addHelpText(
      'after',
      exampleText([
        'lineside models compare surface-defect@int8-u8s8 @fp32 --on /data/monday --picture monday.png',
        'lineside models compare surface-defect ./new/surface-defect --config line.yaml --station outlet',
        'lineside models compare process-attention@int8-u8s8 @fp32 --data /data --json',
      ]),
    )
    .action(async (a, b, options) => done(await (await import('./models-compare.ts')).compareModels(a, b, options)));
}

function addImport(models: Command, done: Done): void {
  models
    .command('import')
    .description('Make a package of an ONNX file from PyTorch, Lightning, Keras, TensorFlow or anything else.')
    .argument('<file>', 'the ONNX file')
    .option('--name <name>', 'of the package; default: the name of the file')
    .option('--release <version>', 'version of the package', '0.1.0')
    .option('--summary <text>', 'what it does, in one sentence')
    .addOption(
      new Option('--kind <kind>', 'default: what inputs and outputs tell').choices([
        'classify',
        'detect',
        'segment',
        'anomaly',
        'sequence',
      ]),
    )
    .option('--labels <names>', 'of the classes, in the order of the output, with commas')
    .option('--good <label>', 'the label that means: nothing wrong')
    .option('--threshold <n>', 'score from which a part is faulty', positive, 0.5)
    .option('--size <WxH>', 'of the picture, where the export left it free')
    .addOption(
      new Option('--range <name>', 'what bytes become, where floats enter')
        .choices(['0..1', '-1..1', '0..255', 'imagenet'])
        .conflicts(['mean', 'spread']),
    )
    .option('--mean <n,n,n>', 'float = (byte - mean) / spread')
    .option('--spread <n,n,n>', 'float = (byte - mean) / spread')
    .option('--channels <names>', 'of a window, in order, with commas')
    .option('--every <duration>', 'time from row to row of a window, such as 100ms')
    .option('--tensor <OURS=THEIRS...>', 'names of outputs, where they are not those of models/README.md')
    .option('--golden <file>', '.npz or .json with inputs and what the framework said of them')
    .option('--tolerance <n>', 'largest difference from the golden outputs', positive, 1e-3)
    .option('--force', 'replace a package of that name, which stays in its place until the new one has proved itself')
    .addOption(folder())
    .addOption(json())
    .addHelpText(
      'after',
      exampleText([
        'lineside models import tiles.onnx --labels good,crack --good good --range 0..1 --golden tiles.npz',
        'lineside models import press.onnx --labels normal,faulty --good normal --channels pressure,flow --every 100ms',
      ]),
    )
    .action(async (file, options) => done(await (await import('./models-import.ts')).importPackage(file, options)));
}

function addSwitches(models: Command, done: Done): void {
  const switches = [
    ['promote', 'Put the candidate (`shadow`) in the place of the model that it runs beside; the one before is remembered.'],
    ['rollback', 'Go back to the model that was in the place before; the other one goes on in its shadow.'],
  ] as const;
  for (const [verb, description] of switches) {
    models
      .command(verb)
      .description(description)
      .argument('[place]', 'station/model or station/model@recipe; may be left out where there is only one')
      .addOption(config())
      .addOption(json())
      .addHelpText('after', exampleText([`lineside models ${verb} outlet/surface --config line.yaml`, `lineside models ${verb} --json`]))
      .action(async (where, options) => done(await (await import('./models-switch.ts'))[verb](where, options)));
  }
}

function addShadow(models: Command, done: Done): void {
  models
    .command('shadow')
    .description(
      'Run a package beside what judges in a place: what it would have said is compared and shown, and nothing of it reaches the PLC.',
    )
    .argument('<place>', 'station/model or station/model@recipe')
    .argument('[package]', 'one of the config’s packages, taught ones too; it is proved first')
    .option('--end', 'nothing runs beside it any more')
    .addOption(config())
    .addOption(json())
    .addHelpText(
      'after',
      exampleText(['lineside models shadow outlet/process press-normal --config line.yaml', 'lineside models shadow outlet/process --end']),
    )
    .action(async (place, name, options) => done(await (await import('./models-switch.ts')).shadow(place, name, options)));
}

function addModelBench(models: Command, done: Done): void {
  models
    .command('bench')
    .description('Time and memory of each package, variant, provider and number of threads, each in a process of its own.')
    .argument('[package...]', 'packages; default: all')
    .addOption(folder())
    .option('--variant <name...>', 'some variants; default: all')
    .addOption(provider())
    .option('--threads <n...>', 'threads of one inference', positives, DEFAULT_THREADS)
    .option('--rounds <n>', 'interleaved rounds', positive, 10)
    .option('--runs <n>', 'runs of each in a round', positive, 20)
    .addOption(json())
    .addHelpText('after', exampleText(['lineside models bench', 'lineside models bench surface-defect --threads 1 2 4 --json']))
    .action(async (packages, options) => done(await (await import('./models-bench.ts')).benchModels(packages, options)));
}

function addRecords(root: Command, done: Done): void {
  const records = add(root, 'export', 'Inspections as CSV or JSON lines; with `labels`, what people labelled as a data set.', [
    'lineside export --from 2026-01-01 --station outlet > january.csv',
    'lineside export --format jsonl --output all.jsonl',
    'lineside export labels --to castings --station outlet',
  ])
    .enablePositionalOptions()
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .option('--from <time>', 'first moment, ISO 8601', time)
    .option('--to <time>', 'last moment, ISO 8601', time)
    .option('--station <name>', 'one station only')
    .addOption(new Option('--format <name>', 'csv or jsonl').choices(['csv', 'jsonl']).default('csv'))
    .option('-o, --output <file>', 'a file instead of standard output')
    .action(async (options) => done(await (await import('./export.ts')).exportRecords(options)));
  addLabels(records, done);

  add(root, 'backup', 'A consistent copy of the journal while the agent runs.', ['lineside backup --output journal-monday.db'])
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .requiredOption('-o, --output <file>', 'the file to write')
    .action(async (options) => done(await (await import('./export.ts')).backupJournal(options)));
}

function addQuestions(root: Command, done: Done): void {
  add(root, 'ask', 'One of the questions that a plant asks of its journal, answered: docs/questions.md has them. The agent may run.', [
    'lineside ask yield --config line.yaml',
    'lineside ask why --part 004711',
    'lineside ask reasons --station outlet --from 2026-03-02T06:00 --to 2026-03-02T14:00 --json',
    'lineside ask hours --sql',
  ])
    .addArgument(new Argument('<question>', 'which').choices(QUESTION_NAMES))
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .option('--from <time>', 'first moment, ISO 8601; default: 24 hours before the last', time)
    .option('--to <time>', 'last moment, ISO 8601; default: now', time)
    .option('--station <name>', 'one station only')
    .option('--part <id>', 'for `why`: which part')
    .option('--limit <n>', 'rows, at most', wholeNumber(MOST_ROWS), 100)
    .option('--sql', 'print the statement that answers it, for the sqlite3 shell, and read nothing')
    .addOption(json())
    .action(async (name, options) => done(await (await import('./ask.ts')).askJournal(name, options)));

  add(
    root,
    'mcp',
    'The same questions as tools for an assistant (Model Context Protocol over standard input and output). It reads, and only where the config has `language: {assistant: true}`.',
    ['lineside mcp --config /etc/lineside/line.yaml'],
  )
    .addOption(config())
    .action(async (options) => done(await (await import('./ask.ts')).serveAssistant(options)));
}

function addLanguage(root: Command, done: Done): void {
  const language = add(root, 'language', 'What people write on the shop floor: read, sorted, found again.', [
    'lineside language train --csv notes.csv --to failure-mode',
    'lineside language classify failure-mode --text "C/O lkg hyd hse"',
  ]);
  add(
    language,
    'train',
    'A model package that tells kinds of texts apart (failure modes, kinds of work), out of two columns: the text, and its kind. Rows whose kind is empty, none, other or - are of none of these.',
    [
      'lineside language train --csv notes.csv --to failure-mode',
      'lineside language train --csv export.csv --text Kurztext --label Schadensbild --to schadensbild --sure 95 --json',
    ],
  )
    .requiredOption('--csv <file>', 'a header and a row for each text, as a spreadsheet writes it')
    .option('--text <column>', 'the texts; default: the first of two columns')
    .option('--label <column>', 'their kinds; default: the second of two columns')
    .requiredOption('--to <package>', 'name of the package, or the path of its folder')
    .option('--sure <percent>', 'of the answers that it gives so many are to be right; it abstains from the others', percentage, 90)
    .option('--release <version>', 'version of the package; default: 0.1.0, or the next one of what is replaced')
    .option('--force', 'replace a package of that name')
    .addOption(folder())
    .addOption(json())
    .action(async (options) => done(await (await import('./language.ts')).trainHead(options)));
  addReading(language, done);
}

function addNotes(root: Command, done: Done): void {
  const note = add(
    root,
    'note',
    'What people write on a part, a station or an alarm. Names of people are taken out before it is stored. The agent may run.',
    ['lineside note add "Pu. undicht, Dichtg. get." --part 004711', 'lineside note list --station outlet'],
  );
  const act = (name: string, description: string, examples: readonly string[]) =>
    add(note, name, description, examples).addOption(config()).addOption(json());
  act('add', 'Write something.', [
    'lineside note add "Pu. undicht, Dichtg. get." --part 004711',
    'lineside note add "Cam neu justiert" --station outlet --json',
  ])
    .argument('<text>', '2000 characters at most')
    .option('--station <name>', 'of which station')
    .option('--part <id>', 'of which part')
    .option('--alarm <code>', 'of which alarm')
    .action(async (text, options) => done(await (await import('./note.ts')).addNote(text, options)));
  act('list', 'What was written, the newest first.', ['lineside note list --part 004711', 'lineside note list --from 2026-03-02 --json'])
    .option('--station <name>', 'one station only')
    .option('--part <id>', 'one part only')
    .option('--alarm <code>', 'one alarm only')
    .option('--from <time>', 'first moment, ISO 8601', time)
    .option('--to <time>', 'last moment, ISO 8601', time)
    .option('--limit <n>', 'notes, at most', wholeNumber(200), 50)
    .action(async (options) => done(await (await import('./note.ts')).listNotes(options)));
  act('similar', 'What was written before that is most like a text.', ['lineside note similar "Pumpe undicht"'])
    .argument('<text>', 'the text')
    .option('--limit <n>', 'notes, at most', wholeNumber(200), 3)
    .action(async (text, options) => done(await (await import('./note.ts')).similarNotes(text, options)));
  act('summary', 'What people wrote and machines said in a time, as quotations with how many texts each stands for.', [
    'lineside note summary --since 2026-03-02T06:00Z --station outlet',
    'lineside note summary --since 2026-01-01 --alarm STATION_HELD --json',
  ])
    .requiredOption('--since <time>', 'first moment, ISO 8601', time)
    .option('--to <time>', 'last moment, ISO 8601; default: now', time)
    .option('--station <name>', 'one station only, with what is about no one station')
    .option('--alarm <code>', 'only what was written on this alarm')
    .option('--limit <n>', 'quotations, at most', wholeNumber(200), 20)
    .action(async (options) => done(await (await import('./note.ts')).summariseNotes(options)));
}

function addReading(language: Command, done: Done): void {
  const texts = (name: string, description: string, examples: readonly string[]) =>
    add(language, name, description, examples)
      .option('--text <text>', 'one text')
      .option('--csv <file>', 'or those in a column of a file')
      .option('--column <name>', 'which column; default: the first')
      .addOption(folder())
      .addOption(json());
  texts('classify', 'Which kind a text is of, by a package of `language train`; nothing where it is not certain.', [
    'lineside language classify failure-mode --text "C/O lkg hyd hse"',
    'lineside language classify ./failure-mode --csv notes.csv --column text --json',
  ])
    .argument('<package>', 'package, or the path of its folder')
    .action(async (name, options) => done(await (await import('./language.ts')).classifyTexts(name, options)));
  texts('extract', 'From a note to a record: what it is about, what was wrong, what was done, in plain English words.', [
    'lineside language extract --text "C/O lkg hyd hse"',
  ]).action(async (options) => done(await (await import('./language.ts')).extractRecords(options)));
  texts('words', 'How many words of texts the English tables know: what may be hoped of `extract` on them.', [
    'lineside language words --csv notes.csv --column text',
  ]).action(async (options) => done(await (await import('./language.ts')).wordsKnown(options)));
  add(language, 'similar', 'Rows of a file that are most like a text: what was written and done before.', [
    'lineside language similar --csv history.csv --column Kurztext --text "hyd pump lkg"',
  ])
    .requiredOption('--text <text>', 'the text')
    .requiredOption('--csv <file>', 'what was written before')
    .option('--column <name>', 'which column has the texts; default: the first')
    .option('--count <n>', 'rows, at most', wholeNumber(100), 3)
    .addOption(folder())
    .addOption(json())
    .action(async (options) => done(await (await import('./language.ts')).similarCases(options)));
  add(language, 'bench', 'What heads, similar cases and German shorthand reach on MaintIE and on rendered texts; takes a minute or two.', [
    'lineside language bench --data /data --json',
  ])
    .option('--data <folder>', 'folder of the data sets; default: LINESIDE_DATA, else ../shared/data beside the checkout')
    .option('--seed <n>', 'another seed, other German texts', wholeNumber(1e9), 1)
    .addOption(folder())
    .addOption(json())
    .action(async (options) => done(await (await import('./language.ts')).benchLanguage(options)));
}

function addLabels(records: Command, done: Done): void {
  add(records, 'labels', 'Labelled parts as a data set: pictures in a folder for each label, tables, boxes, splits by part.', [
    'lineside export labels --to castings',
    'lineside export labels --to castings --station outlet --from 2026-01-01 --to-time 2026-02-01 --json',
  ])
    .requiredOption('--to <folder>', 'a folder that is not there yet')
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .option('--from <time>', 'parts from this moment on, ISO 8601', time)
    .option('--to-time <time>', 'parts before this moment, ISO 8601', time)
    .option('--station <name>', 'one station only')
    .option('--recipe <name>', 'one recipe only')
    .option('--seed <text>', 'another one draws other splits', '1')
    .addOption(json())
    .action(async (options) => done(await (await import('./export-labels.ts')).exportLabels(options)));
}

function addGoodHours(root: Command, done: Done): void {
  const hours = add(
    root,
    'good-hours',
    'Hours in which all production of a station was good: what was refused in them counts against what was promised. The agent may run.',
    ['lineside good-hours list', 'lineside good-hours confirm 2026-03-02T06:00/14:00 --station outlet'],
  );
  const act = (name: string, description: string, examples: readonly string[]) =>
    add(hours, name, description, examples).addOption(config()).addOption(json());
  act('list', 'Hours that are confirmed, the newest first, with who said it.', [
    'lineside good-hours list --config line.yaml',
    'lineside good-hours list --station outlet --json',
  ])
    .option('--station <name>', 'one station only')
    .action(async (options) => done(await (await import('./good-hours.ts')).listHours(options)));
  act(
    'confirm',
    'Say that all of a station was good then, as the page does under Review, Figures; a running agent counts it within 10 s.',
    ['lineside good-hours confirm 2026-03-02T06:00/14:00 --station outlet', 'lineside good-hours confirm 2026-03-02T22:00Z/PT8H --json'],
  )
    .addArgument(
      new Argument(
        '<begin/end>',
        'begin and end, or begin/PT1H30M, in the time of this box where no zone stands; a week at most, over by now, and none twice',
      ).argParser((text) => intervals(text)),
    )
    .option('--station <name>', 'of the config; may be left out where there is only one')
    .action(async (span, options) => done(await (await import('./good-hours.ts')).confirmHours(span, options)));
  act('take-back', 'Hours that were confirmed are so no more.', ['lineside good-hours take-back 0b9a6f0e-2f7c-4a8e-9a53-0d8f0c1f2a3b'])
    .argument('<id>', 'out of `good-hours list`')
    .action(async (id, options) => done(await (await import('./good-hours.ts')).takeBackHours(id, options)));
}

function addOutbox(root: Command, done: Done): void {
  const outbox = add(
    root,
    'outbox',
    'Events that the broker does not take: see them, try them again, or give them up. The agent may run.',
    ['lineside outbox list --config line.yaml', 'lineside outbox retry --all'],
  );
  const letters = (name: string, description: string, examples: readonly string[]) =>
    add(outbox, name, description, examples)
      .addOption(config())
      .option('--store <folder>', 'folder of the journal; default: the one in the config')
      .option('--topic <topic>', 'only those of this topic')
      .addOption(json());
  letters('list', 'Dead letters with topic and reason, oldest first, and what waits.', [
    'lineside outbox list',
    'lineside outbox list --topic lineside/v1/acme/dresden/castings/line3/outlet/decision --json',
  ])
    .option('--limit <n>', 'at most this many', positive, 100)
    .action(async (options) => done(await (await import('./outbox.ts')).listLetters(options)));
  const changes = {
    retry: 'Send dead letters again: a running agent does within 5 s, else at its next start.',
    drop: 'Give dead letters up. Records stay in the journal.',
  };
  for (const verb of ['retry', 'drop'] as const)
    letters(verb, changes[verb], [`lineside outbox ${verb} 17 18`, `lineside outbox ${verb} --all --json`])
      .argument('[id...]', 'numbers out of `outbox list`')
      .option('--all', 'every dead letter')
      .action(async (ids, options) => done(await (await import('./outbox.ts')).changeLetters(verb, ids, options)));
}

function addServers(root: Command, done: Done): void {
  add(root, 'browse', 'Nodes of an OPC UA server, to copy into the config.', [
    'lineside browse plc',
    'lineside browse plc --depth 4 --node "ns=2;s=Press"',
  ])
    .argument('<server>', 'name of the server in the config')
    .addOption(config())
    .option('--node <id>', 'where to start', 'i=85')
    .option('--depth <n>', 'levels', positive, 3)
    .option('--all', 'the nodes that every server has as well')
    .addOption(json())
    .action(async (server, options) => done(await (await import('./opcua.ts')).browseServer(server, options)));

  add(root, 'trust', 'Certificates of OPC UA servers that wait for approval.', ['lineside trust', 'lineside trust --approve 5E:11:…'])
    .addOption(config())
    .option('--approve <fingerprint>', 'trust this one from now on, for the server that showed it')
    .option('--server <name>', 'which server, where several showed it')
    .option('--renew', 'a new certificate of the agent’s own, for the same key; the servers must trust it anew')
    .addOption(json())
    .action(async (options) => done(await (await import('./opcua.ts')).trustServers(options)));
}

function addPassword(root: Command, done: Done): void {
  add(root, 'password', 'Set the password of a user of the page; asked at the terminal, or read from standard input. The agent may run.', [
    'lineside password',
    'lineside password mueller --role technician',
    'lineside password --list',
  ])
    .argument('[user]', 'name of the user', 'admin')
    .addOption(config())
    .option('--store <folder>', 'folder of the journal; default: the one in the config')
    .addOption(
      new Option(
        '--role <role>',
        'operator looks, labels and acknowledges, technician changes the line as well, admin has the users as well; default: the one there is, admin for the first',
      ).choices(['operator', 'technician', 'admin']),
    )
    .option('--list', 'who can sign in')
    .option('--remove', 'this user no longer can')
    .addOption(json())
    .action(async (user, options) => done(await (await import('./password.ts')).password(user, options)));
}

function addBench(root: Command, done: Done): void {
  add(root, 'bench', 'Measure this box against the limit: bare onnxruntime, SQLite, MQTT and OPC UA.', [
    'lineside bench',
    'lineside bench --json --rounds 5',
    'lineside bench --only queries --records 100000 --rounds 3',
  ])
    .option('--rounds <n>', 'interleaved rounds', positive, 5)
    .option(
      '--only <names...>',
      'some of: throughput overhead store publish tags start viewers teaching decisions queries; without it all but queries, which wants a journal',
    )
    .option('--records <n>', 'in the journal of queries, which is made where there is none; ten million take a while', positive, 10_000_000)
    .option(
      '--journal <folder>',
      'where that journal lies, with so many records, or is made and stays; without it it is made for this time',
    )
    .addOption(json())
    .action(async (options) => done(await (await import('./bench.ts')).bench(options)));
}

const exampleText = (examples: readonly string[]) => `\nExamples:\n${examples.map((e) => `  $ ${e}`).join('\n')}\n`;

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
}

const wholeNumber =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new InvalidArgumentError(`a whole number from 1 to ${most}`);
    return value;
  };

const namesIn = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',').filter(Boolean)];

function anyNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('a number above 0, 1 at most');
  return value;
}

function percentage(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 100)) throw new InvalidArgumentError('a number above 0 and below 100');
  return value;
}

function moreThanOne(text: string): number {
  const value = Number(text);
  if (!(value > 1) || value > 1e9) throw new InvalidArgumentError('a number above 1');
  return value;
}

function movedBy(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 15)) throw new InvalidArgumentError('a number from 0 to 15');
  return value;
}

function region(text: string): Region {
  const numbers = text.split(',').map(Number);
  const [x = -1, y = -1, width = 0, height = 0] = numbers;
  const isWhole = numbers.length === 4 && numbers.every(Number.isSafeInteger);
  if (!isWhole || x < 0 || y < 0 || width < LEAST_SIDE || height < LEAST_SIDE)
    throw new InvalidArgumentError(`x,y,width,height in whole pixels, at least ${LEAST_SIDE} wide and high`);
  return [x, y, width, height];
}
/** As on the page: of fewer nothing is left to be learned. */
const LEAST_SIDE = 16;

/** Stays a text: what reads it brings a library along that not every command pays for. */
function duration(text: string): string {
  if (/^\d+(\.\d+)?\s?(ms|s|m)$/.test(text)) return text;
  throw new InvalidArgumentError('a duration with its unit, such as 50ms or 2s');
}

const positives = (text: string, before: readonly number[] = DEFAULT_THREADS): readonly number[] => {
  // commander calls this for each value, at first with the default.
  const value = positive(text);
  return before === DEFAULT_THREADS ? [value] : [...before, value];
};
const DEFAULT_THREADS: readonly number[] = [1];

function time(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('a time such as 2026-01-31 or 2026-01-31T06:00:00Z');
  return at;
}
