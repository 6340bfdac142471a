/**
 * The error table. Every fault the agent can report has a code, a category, a sentence for the operator and a next step; the code
 * stands in the message text, so that it survives every log pipeline. docs/errors.md is generated from here.
 *
 * transient: goes away by itself or with a retry.   config: somebody must change a file.   fatal: the agent cannot go on.
 */
export type ErrorCategory = 'transient' | 'config' | 'fatal';

export interface ErrorEntry {
  readonly category: ErrorCategory;
  /** What happened, for the operator. `{name}` is replaced by the detail of that name. */
  readonly sentence: string;
  /** What to do now. */
  readonly next: string;
}

const entry = (category: ErrorCategory, sentence: string, next: string): ErrorEntry => ({ category, sentence, next });

export const ERRORS = {
  // config
  CONFIG_INVALID: entry('config', 'The config file {file} has {count} fault(s).', 'Mend the lines named, then run `lineside check`.'),
  CONFIG_UNREADABLE: entry('config', 'The config file {file} cannot be read: {why}.', 'Check the path and the permissions.'),
  CONFIG_REJECTED: entry(
    'config',
    'The changed config was not taken; the last good one keeps running.',
    'Mend the lines named; the agent looks again by itself.',
  ),
  // cameras
  CAMERA_UNREACHABLE: entry('transient', 'Camera {camera} cannot be reached: {why}.', 'Check power, cable and address of the camera.'),
  CAMERA_ENDED: entry(
    'transient',
    'Camera {camera} ended its stream: {why}.',
    'The agent reconnects by itself; if it goes on, look at the camera.',
  ),
  CAMERA_SILENT: entry(
    'transient',
    'Camera {camera} has sent no picture for {seconds} s.',
    'Check the camera; the agent restarts the connection by itself.',
  ),
  CAMERA_BAD_IMAGE: entry(
    'transient',
    'Camera {camera} sent a picture that cannot be decoded: {why}.',
    'Once is harmless; if it goes on, look at cable and network.',
  ),
  CAMERA_NO_DECODER: entry(
    'config',
    'Neither gst-launch-1.0 nor ffmpeg is installed, and camera {camera} needs one.',
    'Install gstreamer1.0-tools with its good, bad and libav plugins, or ffmpeg.',
  ),
  FRAME_MISSING: entry(
    'transient',
    'Camera {camera} had no picture for this part.',
    'Compare the camera rate with the line speed, and the `frame` settings of the station.',
  ),
  // OPC UA
  OPCUA_UNREACHABLE: entry(
    'transient',
    'OPC UA server {server} cannot be reached: {why}.',
    'Check the endpoint, the network and the server.',
  ),
  OPCUA_REFUSED: entry(
    'config',
    'OPC UA server {server} refused the session: {why}.',
    'Check user, password and security settings, and that the server trusts <store>/pki/own/certificate.der, which is the agent’s.',
  ),
  OPCUA_IDENTITY: entry(
    'config',
    'The agent’s own OPC UA certificate in {folder} cannot be read or made: {why}.',
    'Run the command as the user of the agent, and let that user own the folder `store.path`.',
  ),
  OPCUA_UNTRUSTED: entry(
    'config',
    'OPC UA server {server} shows a certificate nobody here has approved: {fingerprint}.',
    'Compare the fingerprint with the one that the server shows, then run `lineside trust --approve {fingerprint}`.',
  ),
  OPCUA_NODE_UNKNOWN: entry(
    'config',
    'OPC UA server {server} has no node {node} for tag {tag}.',
    'Correct the node id; `lineside browse` lists the nodes.',
  ),
  OPCUA_SILENT: entry(
    'transient',
    'OPC UA server {server} is connected but has sent no data for {seconds} s.',
    'The agent builds the session again by itself; if it goes on, look at the server.',
  ),
  OPCUA_WRITE_FAILED: entry('transient', 'Tag {tag} could not be written: {why}.', 'Check that the node is writable for this user.'),
  TAG_BAD: entry('transient', 'Tag {tag} has status {status}.', 'Look at the sensor or the PLC program behind the tag.'),
  // models
  MODEL_INVALID: entry('config', 'Model package {model} is not usable: {why}.', 'Correct the package, then run `lineside models verify`.'),
  MODEL_HASH: entry('config', 'A file of model {model} is not the one its manifest names: {file}.', 'Copy the package again.'),
  MODEL_GOLDEN: entry(
    'config',
    'Model {model} does not reproduce its golden outputs here: off by {difference}, allowed {tolerance}.',
    'Use another variant or provider; the model before keeps running.',
  ),
  MODEL_FAILED: entry('transient', 'Model {model} failed: {why}.', 'The agent restarts it; if it goes on, run `lineside models verify`.'),
  MODEL_CRASHED: entry('transient', 'The process thread of model {model} died: {why}.', 'The agent restarts it within its budget.'),
  MODEL_HUNG: entry(
    'transient',
    'Model {model} gave no answer within {ms} ms.',
    'The agent restarts it; if it goes on, the box is too slow for this model.',
  ),
  MODEL_OVERLOADED: entry(
    'transient',
    'Model {model} has {depth} jobs waiting; this one was not taken.',
    'The line is faster than the box: choose a smaller model or fewer stations.',
  ),
  MODEL_UNCALIBRATED: entry(
    'transient',
    'Model {model} is still learning what is normal on this machine ({have} of {need} rows).',
    'Let the line run good parts.',
  ),
  DATA_MISSING: entry(
    'config',
    'The data that {set} is evaluated on are not in {folder}.',
    'Say where they are with --data or LINESIDE_DATA; they do not come with Lineside.',
  ),
  DATA_INVALID: entry('config', '{file} cannot be used for an evaluation: {why}.', 'Correct the file, or name another folder.'),
  MODEL_UNFIT: entry('config', '{file} cannot become a package: {why}. What to change: {mend}.', 'Change it as said, then import again.'),
  REGION_OUTSIDE: entry(
    'config',
    'Region [{region}] of model {model} reaches beyond the picture of camera {camera}, which is {width}x{height}.',
    'Correct `region` in the config, or the resolution of the camera.',
  ),
  PROVIDER_MISSING: entry(
    'transient',
    'Execution provider {provider} is not available ({why}); {used} runs instead.',
    'Install the build of onnxruntime that carries it, or take it out of `providers`.',
  ),
  // stations
  DEADLINE_MISSED: entry(
    'transient',
    'Station {station} had no result at its deadline of {ms} ms.',
    'See which stage took long in the event; raise the deadline or lighten the work.',
  ),
  DEADLINE_TOO_SHORT: entry(
    'config',
    'Nothing fits a deadline of {deadline}: {room} of it are left for the models, and the fastest take {fastest}.',
    'Raise the deadline, name a smaller package, or take a faster box.',
  ),
  STATION_OVERLOADED: entry(
    'transient',
    'Station {station} has {depth} parts under inspection; this one was answered without one.',
    'The line is faster than the box.',
  ),
  PART_MISSED: entry('transient', 'Part {part} passed station {station} and was not judged: {why}.', 'Inspect the part by hand.'),
  PART_UNRECORDED: entry(
    'transient',
    'Part {part} was answered {verdict} by station {station} shortly before the agent stopped, and its record was lost.',
    'The PLC has the answer; nothing to do unless the record is needed.',
  ),
  CODE_UNREAD: entry(
    'transient',
    'No part id was read, so the part goes by its number: {why}.',
    'Look at the stored picture: light, focus, and `region` of `part` in the config.',
  ),
  TEXT_MISSING: entry('transient', 'Tag {tag} gives no text to read: {why}.', 'Look at the tag, at its type and at who writes it.'),
  WINDOW_GAPS: entry('transient', 'The tag window has {percent} % gaps or bad values.', 'Look at the tags named in the event.'),
  RULE_FAILED: entry('config', 'Rule {rule} could not be evaluated: {why}.', 'Correct the expression.'),
  STATION_DISABLED: entry(
    'transient',
    'Station {station} is switched off; part {part} was not judged.',
    'Switch it on with the command `enable`.',
  ),
  RECIPE_UNKNOWN: entry('config', 'Station {station} has no recipe {recipe}.', 'Add the recipe to the config, or correct the tag.'),
  STATION_HELD: entry(
    'transient',
    'Station {station} is held: {why}.',
    'When the cause is mended, send the MQTT command `ack` with the station’s name.',
  ),
  // store
  STORE_FULL: entry('fatal', 'The disk is full: {why}.', 'Free space; the agent deletes the oldest pictures by itself as far as it may.'),
  STORE_FAILED: entry('fatal', 'The journal cannot be written: {why}.', 'Look at the disk; nothing is published that is not stored.'),
  STORE_NOT_INSTALLED: entry(
    'fatal',
    'SQLite ({name}) is not installed for Node {node}: {why}.',
    'Run `npm ci` again with Node 22 or later; Node 20 wants a C++ compiler where npm can download no compiled better-sqlite3.',
  ),
  STORE_SCHEMA: entry(
    'fatal',
    'The journal {file} was written by a newer version ({found}, this one knows {known}).',
    'Install the newer version again, or name another store path.',
  ),
  STORE_OVERLOADED: entry('transient', 'The journal has {depth} records waiting.', 'The disk is too slow for this line.'),
  STORE_LOCKED: entry('config', 'Another agent is at work in {folder}.', 'Stop it, or name another store path.'),
  STORE_DAMAGED: entry(
    'fatal',
    'The journal was damaged and put aside as {file}: {why}; a new one was begun.',
    'Keep the file, `sqlite3 {file} .recover` reads what is left; look at the disk.',
  ),
  STORE_MISSING: entry(
    'config',
    'There is no journal in {folder}.',
    'Check the store path; the agent makes the journal at its first start.',
  ),
  // mqtt
  MQTT_UNREACHABLE: entry(
    'transient',
    'The broker {url} cannot be reached: {why}.',
    'Check address and network; events are kept on disk meanwhile.',
  ),
  MQTT_INSECURE: entry(
    'config',
    'The broker {url} is on another box, and the connection would not be encrypted.',
    'Use mqtts://, or set `insecure` where the network is trusted.',
  ),
  MQTT_REFUSED: entry('config', 'The broker {url} refused the connection: {why}.', 'Check user, password and certificate.'),
  COMMAND_INVALID: entry('transient', 'The command {verb} was not understood: {why}.', 'See the schema of the command.'),
  COMMAND_REFUSED: entry('transient', 'The command {verb} was refused: {why}.', 'See the reason.'),
  WEB_UNAVAILABLE: entry('transient', 'Health and metrics cannot be served on {listen}: {why}.', 'Name another address under web.listen.'),
  // everything else
  STOPPING: entry('transient', 'The agent is stopping.', 'Nothing; start it again.'),
  TIMEOUT: entry('transient', '{what} took longer than {ms} ms.', 'Look at the part named.'),
  USAGE: entry('config', '{why}', 'Run `lineside --help`.'),
  INTERNAL: entry('fatal', 'An unexpected fault: {why}.', 'Report it with the log around it.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
export type Details = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The one error class. `message` is "[CODE] sentence"; `details` are what filled the sentence, safe to log and to publish. */
export class LinesideError extends Error {
  override readonly name = 'LinesideError';
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, details: Details = {}, options?: ErrorOptions) {
    super(`[${code}] ${sentenceOf(code, details)}`, options);
    this.code = code;
    this.details = details;
  }

  get category(): ErrorCategory {
    return ERRORS[this.code].category;
  }
  get next(): string {
    return ERRORS[this.code].next;
  }
  /** The operator's sentence without the code. */
  get sentence(): string {
    return sentenceOf(this.code, this.details);
  }
}

export function sentenceOf(code: ErrorCode, details: Details): string {
  return ERRORS[code].sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '?'));
}

/** Anything thrown, as a LinesideError: what is one already stays, the rest becomes `code` with its message as `why`. */
export function asLinesideError(thrown: unknown, code: ErrorCode = 'INTERNAL', details: Details = {}): LinesideError {
  if (thrown instanceof LinesideError) return thrown;
  return new LinesideError(code, { ...details, why: messageOf(thrown) }, { cause: thrown });
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
