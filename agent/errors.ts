/**
 * The error table. Every fault the agent can report has a code, a category, a sentence for the operator and a next step; the code
 * stands in the message text, so that it survives every log pipeline. docs/errors.md is generated from here.
 *
 * transient: goes away by itself or with a retry.   config: somebody must change a file.   fatal: the agent cannot go on.
 */
import { harmless } from './contracts/secrets.ts';
import { inWords } from './time.ts';

export type ErrorCategory = 'transient' | 'config' | 'fatal';

export interface ErrorEntry {
  readonly category: ErrorCategory;
  /** What happened, for the operator. `{name}` is replaced by the detail of that name. */
  readonly sentence: string;
  /** What to do now. */
  readonly next: string;
}

/** The texts stay literal types, so that the compiler knows which details each row needs. */
const entry = <const Sentence extends string, const Next extends string>(category: ErrorCategory, sentence: Sentence, next: Next) => ({
  category,
  sentence,
  next,
});

export const ERRORS = {
  // config
  CONFIG_INVALID: entry('config', 'The config file {file} has {count} fault(s).', 'Mend the lines named, then run `lineside check`.'),
  CONFIG_UNREADABLE: entry(
    'config',
    'The config file {file} cannot be read: {why}.',
    'Check the path, the permissions, and that it is the config of this gateway.',
  ),
  CONFIG_REJECTED: entry(
    'config',
    'The changed config was not taken, the last good one keeps running: {why}.',
    'Mend the lines named; the agent looks again by itself.',
  ),
  CONFIG_BROKEN: entry(
    'config',
    'No part is judged: the config is broken since the start: {why}.',
    'Mend the lines named, on the page or in the file; the line starts by itself then.',
  ),
  CONFIG_CHANGED: entry(
    'transient',
    'The config file {file} was changed by somebody else meanwhile; nothing was written.',
    'Read it again, put your change into it, and save once more.',
  ),
  CONFIG_READ_ONLY: entry(
    'config',
    'The config file {file} cannot be written here: {why}.',
    'Copy the text to where the file comes from: the volume, the config map or the deployment; the agent takes it by itself.',
  ),
  CONFIG_EXISTS: entry(
    'config',
    'The config file {file} is there already; nothing was written.',
    'Name another file with --out, or say --force where that one shall go.',
  ),
  SECRETS_UNKEPT: entry(
    'config',
    'The passwords cannot be kept in {folder}: {why}.',
    'Run it as the user of the agent, who owns the folder `store.path`; or name another folder with --store, or each password by a reference.',
  ),
  // cameras
  CAMERA_UNREACHABLE: entry(
    'transient',
    'Camera {camera} cannot be reached: {why}.',
    'Check power, cable and address of the camera; where it answers 401, 403 or with a page, its user and password.',
  ),
  CAMERA_ENDED: entry(
    'transient',
    'Camera {camera} ended its stream: {why}.',
    'The agent reconnects by itself; if it goes on, look at the camera.',
  ),
  CAMERA_SILENT: entry(
    'transient',
    'Camera {camera} has sent no picture for {seconds} s.',
    'Check the camera; the agent restarts the connection by itself. One that takes longer for a picture needs a longer `stall`.',
  ),
  CAMERA_BAD_IMAGE: entry(
    'transient',
    'Camera {camera} sent a picture that cannot be decoded: {why}.',
    'Once is harmless; if it goes on, look at cable and network.',
  ),
  CAMERA_TOO_LARGE: entry(
    'config',
    'One picture of camera {camera} needs {needs} MB of pixels, and its `memory` is {memory} MB.',
    'Raise `memory` of the camera to at least three times what a picture needs, or have the camera send smaller ones.',
  ),
  CAMERA_RESIZED: entry(
    'transient',
    'Camera {camera} sends pictures of {now}; the first ones were {before}.',
    'Set the camera back, or correct what was made for the other size (`region`) and reload the config.',
  ),
  CAMERA_NO_DECODER: entry(
    'config',
    'Neither gst-launch-1.0 nor ffmpeg is installed, and camera {camera} needs one.',
    'Install gstreamer1.0-tools with its good, bad and libav plugins, or ffmpeg.',
  ),
  CAMERA_PASSWORD_VISIBLE: entry(
    'config',
    'GStreamer would show the password of camera {camera} to every user of the box, and ffmpeg {why}.',
    'Install ffmpeg, which is taken then. For rtsps set `insecure` as well, where nobody else can come between box and camera.',
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
    'Set `opcua.{server}.security` to what the server offers. Where it is about a certificate, `lineside trust` shows both sides’.',
  ),
  OPCUA_DISTRUSTED: entry(
    'config',
    'OPC UA server {server} takes the connection and closes the secure channel ({why}): most likely it does not trust this agent yet.',
    'Let the server trust {certificate}, thumbprint {thumbprint}; most servers list it among the rejected ones.',
  ),
  OPCUA_USER: entry(
    'config',
    'OPC UA server {server} does not take the user: {why}.',
    'Check `opcua.{server}.user`, name and password; without that key the session is anonymous, which some servers do not allow.',
  ),
  OPCUA_FULL: entry(
    'transient',
    'OPC UA server {server} has no room for the agent: {why}.',
    'End other clients of the server, or raise its limits. Each entry under `opcua` needs a session with two subscriptions: put all tags of this server under `opcua.{server}.tags`.',
  ),
  OPCUA_IDENTITY: entry(
    'config',
    'The agent’s own OPC UA certificate in {folder} cannot be read or made: {why}.',
    'Run the command as the user of the agent, and let that user own the folder `store.path`.',
  ),
  OPCUA_NO_IDENTITY: entry(
    'config',
    'The agent has no OPC UA certificate of its own yet in {folder}.',
    'Run `lineside trust`, which makes it, or start the agent; then let the server trust it.',
  ),
  OPCUA_CERTIFICATE_ENDS: entry(
    'config',
    'The agent’s own OPC UA certificate ends on {date}, by the clock of this box.',
    'If that clock is right, run `lineside trust --renew` and let each server trust the new {certificate}; the key stays the same.',
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
  OPCUA_ITEMS_FULL: entry(
    'config',
    'OPC UA server {server} has no room to watch tag {tag} as well: {status}.',
    'Take tags that no station needs out of `opcua.{server}.tags`, end other clients of the server, or raise its limit of monitored items. The agent asks again with its next connection.',
  ),
  OPCUA_TAG_DENIED: entry(
    'config',
    'OPC UA server {server} does not let the agent read tag {tag}: {status}.',
    'Give the user of `opcua.{server}.user` the right to read node {node} (CurrentRead), or name another node. Where it says BadSecurityModeInsufficient, say `mode: SignAndEncrypt` under `opcua.{server}.security`.',
  ),
  OPCUA_NO_VARIABLE: entry(
    'config',
    'Node {node} of tag {tag} on OPC UA server {server} has no value: it is a folder, an object or a method.',
    'Name the variable that lies below it; `lineside browse` lists them.',
  ),
  OPCUA_ITEM_REFUSED: entry(
    'config',
    'OPC UA server {server} does not watch tag {tag}: {status}.',
    'Look for {status} in the server’s log or manual, and look at node {node} with another OPC UA client; the other tags go on.',
  ),
  OPCUA_NO_DEADBAND: entry(
    'config',
    'OPC UA server {server} does no deadband here and sends every change: {tags}.',
    'Nothing is lost. Take `deadband` away from these tags in `opcua.{server}.tags`, or, where so many changes are too much, give them a longer `sampling`.',
  ),
  OPCUA_SILENT: entry(
    'transient',
    'OPC UA server {server} is connected but has sent no data for {seconds} s.',
    'The agent builds the session again by itself; if it goes on, look at the server.',
  ),
  OPCUA_WRITE_FAILED: entry('transient', 'Tag {tag} could not be written: {why}.', 'Check that the node is writable for this user.'),
  OPCUA_TYPE: entry(
    'config',
    'Tag {tag} is of type {type} and cannot take {value}.',
    'Write a value of that type (`answer.values`, or `write` of a decision), or name another tag.',
  ),
  OPCUA_TOO_LARGE: entry(
    'config',
    'OPC UA server {server} sends more than the agent takes for {tags}: {size}.',
    'Take the tag out of `opcua.{server}.tags`, or have the PLC keep it short. It counts as bad meanwhile; the others go on.',
  ),
  OPCUA_REVISED: entry(
    'config',
    'OPC UA server {server} looks less often than asked: {tags}.',
    'What changes and changes back between two looks is never seen. Lower the server’s least sampling and publishing intervals, or give the tag in `opcua.{server}.tags` the `sampling` that it gets, if that is enough.',
  ),
  OPCUA_OVERFLOW: entry(
    'transient',
    'OPC UA server {server} dropped changes since its queue was full: {tags}.',
    'Raise `queue` of the tag in `opcua.{server}.tags`; if it goes on, the box or the network is too slow for these tags.',
  ),
  OPCUA_GAPS: entry(
    'transient',
    'OPC UA server {server} skipped {count} notifications, and what was in them.',
    'The agent begins a new session to hear how everything stands; a part that passes meanwhile may be missed. Where it goes on, the server or the network is short of time: ask for fewer tags or a longer `sampling`.',
  ),
  OPCUA_NO_EVENTS: entry(
    'config',
    'OPC UA server {server} sends no events from {node}: {status}.',
    'Name in `opcua.{server}.events.from` a node whose EventNotifier says SubscribeToEvents, or `Server`; ask whoever runs the server whether this user may receive events.',
  ),
  OPCUA_EVENTS_LOST: entry(
    'transient',
    'OPC UA server {server} dropped events that the agent had not fetched yet.',
    'What is active is asked for again, what came and went meanwhile is not known. Where it goes on, see which alarm of the machine comes again and again.',
  ),
  OPCUA_EVENTS_LARGE: entry(
    'config',
    'OPC UA server {server} sends events that are together, or alone, larger than {size}.',
    'They are fetched one by one for half an hour, and without their texts where one alone is as large. Have the machine keep its messages short.',
  ),
  OPCUA_NO_REFRESH: entry(
    'config',
    'OPC UA server {server} does not say which of its alarms are active: {status}.',
    'Alarms that became active before the agent connected are heard of with their next change; those that were active when the connection was lost stand as unknown. Ask the maker of the server for ConditionRefresh.',
  ),
  TEXTS_DROPPED: entry(
    'transient',
    '{origin} says more than is kept: {count} texts are not in the journal.',
    'See what the machine says again and again. Raise `severity` under `events`, or take the tag out of `language.texts`.',
  ),
  OPCUA_CLOCK: entry(
    'config',
    'The clock of OPC UA server {server} {off}.',
    'Set both clocks by the same time server. Until then say `frame: {clock: arrival}` at the stations whose trigger comes from this server.',
  ),
  OPCUA_READABLE: entry(
    'config',
    'OPC UA server {server} would get the password of {user} in the clear.',
    'Say `mode: SignAndEncrypt` under `opcua.{server}.security`.',
  ),
  TAG_BAD: entry('transient', 'Tag {tag} has status {status}.', 'Look at the sensor or the PLC program behind the tag.'),
  // models
  MODEL_INVALID: entry(
    'config',
    'Model package {model} is not usable: {why}.',
    'Correct the package and run `lineside models verify`; an agent that refused it tries it again at its next start.',
  ),
  MODEL_UNPROVED: entry(
    'transient',
    'Model package {model} is still being proved on this box, in a process of its own.',
    'It takes seconds at its first start here; where it goes on, run `lineside models verify` on it.',
  ),
  MODEL_HASH: entry(
    'config',
    'A file of model {model} is not the one its manifest names: {file}.',
    'Copy the package again; an agent that refused it tries it again at its next start.',
  ),
  MODEL_GOLDEN: entry(
    'config',
    'Model {model} does not reproduce its golden outputs here: off by {difference}, allowed {tolerance}.',
    'Use another variant or provider; the model before keeps running.',
  ),
  MODEL_FAILED: entry('transient', 'Model {model} failed: {why}.', 'The agent restarts it; if it goes on, run `lineside models verify`.'),
  MODEL_CRASHED: entry(
    'transient',
    'What runs model {model} died: {why}.',
    'The agent starts it again; if it goes on, run `lineside models verify`.',
  ),
  MODEL_HUNG: entry(
    'transient',
    'Model {model} gave no answer within {ms} ms.',
    'The agent restarts it; if it goes on, the box is too slow for this model.',
  ),
  MODEL_OVERLOADED: entry(
    'transient',
    '{depth} parts wait for model {model} already; this one was not taken.',
    'The line is faster than the box: choose a smaller model or fewer stations.',
  ),
  PART_NOT_FOUND: entry(
    'transient',
    'Model {model} did not find the part in its picture: {why}.',
    'See on the picture whether the part is there; where camera, light or holder have changed, put them right or teach it anew; where no part is ever found, `lineside check` tells whether the config names the region that it was taught on.',
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
  DATA_INVALID: entry('config', '{file} cannot be used: {why}.', 'Correct the file, or name another one.'),
  CALIBRATION_INVALID: entry(
    'config',
    'The calibration {file} of model {model} is not used: {why}.',
    'The agent learns anew: let the line run good parts. Or put the file of a backup there and start the agent again.',
  ),
  MODEL_UNFIT: entry('config', '{file} cannot become a package: {why}. What to change: {mend}.', 'Change it as said, then import again.'),
  TEACHING_UNWRITTEN: entry(
    'config',
    'What was taught could not be written to {folder}: {why}.',
    'Check permissions and room on the disk, or name another folder with --to; nothing is left half.',
  ),
  LESSON_UNUSABLE: entry(
    'config',
    'Nothing can be learned from these pictures: {why}.',
    'Collect pictures of more different parts, leave out what is none, then learn again.',
  ),
  MACHINE_UNUSABLE: entry(
    'config',
    'Nothing can be learned from these stretches: {why}.',
    'Mark longer stretches of good production, or more of them from other hours, then learn again.',
  ),
  HOURS_UNKEPT: entry(
    'transient',
    'Good hours cannot be read or kept: {why}.',
    'See that good-hours.json in the store is as the agent wrote it and belongs to its user, and that the disk has room, under Health; then say it again. A command has to run as that user, or as root.',
  ),
  HOURS_TORN: entry(
    'transient',
    'The file of good hours was torn: none of them counts any more.',
    'Say again which hours were good; what was in the file is kept in the store as {file}: this is over when that is gone.',
  ),
  LESSON_UNKEPT: entry(
    'transient',
    'The lesson cannot be kept on the disk: {why}.',
    'Make room on the disk, then do it again; the line judges on without it.',
  ),
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
    'Station {station} inspects as many parts at once as can be in time ({depth}); this one was answered without an inspection.',
    'The line is faster than the box: name a smaller package, take models out of the station, or use a faster box.',
  ),
  PART_MISSED: entry('transient', '{part} passed station {station} and was not judged: {why}.', 'Inspect it by hand.'),
  PART_UNRECORDED: entry(
    'transient',
    'Part {part} was answered {verdict} by station {station} shortly before the agent stopped, and its record was lost.',
    'The PLC has the answer; nothing to do unless the record is needed.',
  ),
  PART_UNNAMED: entry(
    'transient',
    'Nobody can tell which part this verdict of station {station} belongs to: {why}.',
    'Have the PLC set the id and the number before the trigger and leave them for 20 ms after it, its server stamp its values when they are set, not when they are sent, and keep `queue` of these tags long enough.',
  ),
  CODE_UNREAD: entry(
    'transient',
    'No part id was read, so the part goes by its number: {why}.',
    'Look at the stored picture: light, focus, and `region` of `part` in the config.',
  ),
  TEXT_MISSING: entry('transient', 'Tag {tag} gives no text to read: {why}.', 'Look at the tag, at its type and at who writes it.'),
  WINDOW_GAPS: entry('transient', 'Tag {tag} has {percent} % gaps or bad values in its window.', 'Look at the tag and its sensor.'),
  RULE_FAILED: entry(
    'config',
    'Rule {rule} could not be evaluated: {why}.',
    'Correct it under `rules` or `decisions` of the station; `lineside check` tries it.',
  ),
  STATION_DISABLED: entry(
    'transient',
    'Station {station} is switched off; {part} was not judged.',
    'Switch it on with the command `enable`.',
  ),
  RECIPE_UNKNOWN: entry('config', 'Station {station} has no recipe {recipe}.', 'Add the recipe to the config, or correct the tag.'),
  RECIPE_UNSURE: entry(
    'transient',
    'Station {station} goes on with recipe {recipe}, and there may have been a changeover: {why}.',
    'Bring the server of `recipe.tag`, or the device behind it, back. Until then the command `recipe` says by hand which one runs.',
  ),
  SCORES_DRIFTED: entry(
    'transient',
    'The scores of the last {parts} parts by {model} at station {station} (recipe {recipe}) are no longer like those {of}: {now} % of them lie above {middle}, where {before} % did.',
    'Look at the newest parts under Review: where they are good, teach {package} again with them under Teach, or take them as usual under Health; where they are bad, find out what has changed at the line: light, lens, position, material.',
  ),
  PICTURE_DRIFTED: entry(
    'transient',
    'The pictures of the last {parts} parts that {model} judged at station {station} (recipe {recipe}) no longer look {like}: {moved}.',
    'Look at the newest pictures under Review, then at the lamp, the lens and where the part lies; where all of it is as it shall be and the parts are good, teach {package} again with the newest parts under Teach, or take them as usual under Health.',
  ),
  TAGS_DRIFTED: entry(
    'transient',
    'The tags of the last {parts} parts that {model} judged at station {station} (recipe {recipe}) are no longer {like}: {moved}.',
    'Find out what has changed at the machine since then: a setting, a tool, a sensor, the material; where that was meant and the parts are good, teach {package} again with hours since then under Teach, or take them as usual under Health.',
  ),
  PROMISE_BROKEN: entry(
    'transient',
    'Package {package} refuses more good parts at station {station} than it promised, 1 in {one_in}: of {judged} parts people found {refused} good ones that it had refused; of those chosen by chance, {sample}; in hours that were confirmed good, {hours}.',
    'Teach it again under Teach, with the good parts or hours that it refused among those shown, from every shift and lot; until then set its threshold higher there.',
  ),
  STATION_HELD: entry(
    'transient',
    'Station {station} is held: {why}.',
    'When the cause is mended, send the MQTT command `ack` with the station’s name.',
  ),
  CHALLENGE_DUE: entry(
    'transient',
    'Challenge {challenge} is to be shown at station {station}: {why}.',
    'Put part {part} through the station; it must get {must}. After {grace} of parts without it, it is missed.',
  ),
  CHALLENGE_MISSED: entry(
    'transient',
    'Challenge {challenge} was not shown at station {station} within {grace}, and parts were made meanwhile.',
    'Put part {part} through the station now; it must get {must}. Until it has, no part since it last passed is proven.',
  ),
  CHALLENGE_FAILED: entry(
    'transient',
    'Challenge {challenge} failed at station {station}: part {part} must get {must}, and did not.',
    'Stop, find out why (light, lens, position, package, threshold), mend it, and put part {part} through again. Look at the parts since it last passed under Contained.',
  ),
  MATERIAL_UNKNOWN: entry(
    'transient',
    'Nobody knows how much of {material} is there at station {station}: {why}. Nothing of it is called.',
    'Count it and say so on the page or by the MQTT command `material`; where a tag tells it, look at the tag and its server.',
  ),
  MATERIAL_SHORT: entry(
    'transient',
    'Material {material} runs short at station {station}: {why}.',
    'Bring it now. Where it is there, count it and say so; where it happens again, call larger containers, or let more calls be open (`calls`).',
  ),
  MATERIAL_OVERDUE: entry(
    'transient',
    '{count} call(s) of {material} at station {station} have not been delivered within {lead}.',
    'Ask where it is. Where it has come, say so on the page or by the MQTT command `material`; where it does not come, take the call back.',
  ),
  TOOL_UNKNOWN: entry(
    'transient',
    'Nobody knows how far tool {tool} of station {station} is worn: {why}.',
    'Look at the tag and its server. Until it is good again, change the tool as you would without this agent.',
  ),
  TOOL_OVERDUE: entry(
    'transient',
    'Tool {tool} of station {station} is worn out: {why}.',
    'Change it, and say so on the page or by the MQTT command `tool`, unless the PLC does. Where its sensor was wrong, that command takes it back with `keep`.',
  ),
  STUDY_ASKS_AGAIN: entry(
    'transient',
    'Study {study} of station {station} asks for part {part} again ({showing} of {of}): {why}.',
    'Show part {part}. What the last one was is on record, and counts neither in the study nor as production; whoever goes on later finds the study as it is, under Gauge.',
  ),
  // store
  STORE_FULL: entry('fatal', 'The disk is full: {why}.', 'Free space; the agent deletes the oldest pictures by itself as far as it may.'),
  STORE_FAILED: entry(
    'fatal',
    'The journal cannot be written: {why}.',
    'Look at the disk, and end a program that is named here; nothing is published that is not stored.',
  ),
  STORE_NOT_A_FILE: entry(
    'config',
    '{path} is {what}; the agent keeps a file of that name there.',
    'Look for the file that belongs there, move this away (`mv {path} {path}.moved`) and start the agent again. A container makes such a folder where a file is mounted that is not there: mount the folder `store.path` as a whole.',
  ),
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
  STORE_OVERLOADED: entry(
    'transient',
    'The journal has {depth} records waiting and takes no more; {refused} parts were judged without a record.',
    'Make room on the disk, or use a faster one: records wait in memory until it takes them, up to 10,000 of them or 64 MB.',
  ),
  STORE_RECORDS_LOST: entry(
    'fatal',
    'Records could not be stored and are lost: {records} (station and sequence), {why}.',
    'Make room on the disk. The numbers stay free, so that the gap shows; `SELECT * FROM audit_log` has them as well.',
  ),
  STORE_WENT_BACK: entry(
    'fatal',
    'The journal in {folder} ends before what was stored in it: {records} (station and sequence) are missing.',
    'If journal.db or journal.db-wal was moved, deleted or restored, find the other pair: they are whole only together, and `sqlite3` reads them where they lie. If nobody did, have the disk checked. No number is given out twice: parts go on at {next}; `SELECT * FROM audit_log` has what is missing.',
  ),
  STORE_UNMARKED: entry(
    'transient',
    'How far the stations have come cannot be kept in {folder}/journal.mark: {why}. Records are stored; but if the journal lost its log, nobody would notice.',
    'See that journal.mark is a file of the agent’s user, and that the disk has room; the agent tries again by itself.',
  ),
  STORE_QUARANTINE: entry(
    'fatal',
    'A record did not fit the tables of the journal and lies in the table `quarantine`: {why}.',
    'Its event was published all the same. Report it with `SELECT * FROM quarantine`; delete the row when it is looked after.',
  ),
  STORE_PICTURES_LOST: entry(
    'transient',
    '{count} pictures could not be kept since the start.',
    'Look at the log for the parts; keep fewer pictures (`store.images`), or use a faster disk.',
  ),
  STORE_LOG_HELD: entry(
    'transient',
    'The log of the journal has grown to {mb} MB and cannot be written back: {who} has it open for reading.',
    'End that program, or let it read a copy: `lineside backup` makes one while the agent runs.',
  ),
  LABELS_NONE: entry(
    'config',
    'No part has a label that people agree on ({unsure} unsure, {disputed} disputed).',
    'Label parts on the page under Review, or ask for a longer time or another station.',
  ),
  LABELS_WITHOUT_PICTURES: entry(
    'config',
    'Of the {parts} labelled parts no picture is kept any more.',
    'Keep more pictures: `store.images` and `store.keep.images` in the config; what is labelled from then on has them.',
  ),
  CLOCK_DOUBTED: entry(
    'transient',
    'The clock of this box says {clock} UTC, the agent has lived until {own}: nothing is deleted by that clock.',
    'Check the time of the box (NTP, battery). If it is right nothing is to do: the agent believes it when it has lived a day with it.',
  ),
  STORE_LOCKED: entry('config', 'Another agent is at work in {folder}.', 'Stop it, or name another store path.'),
  STORE_DAMAGED: entry(
    'fatal',
    'The journal was damaged and put aside as {file}: {why}; a new one was begun.',
    'Keep the file, `sqlite3 {file} .recover` reads what is left, and look at the disk. The alarm ends when the file has been moved away.',
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
  MQTT_REFUSED: entry(
    'config',
    'The broker {url} refused the connection: {why}.',
    'Check `mqtt.username` and `mqtt.password`, and that the broker lets this client in.',
  ),
  MQTT_CLOSED: entry(
    'transient',
    'The broker {url} closes the connection before it answers: {why}.',
    'Is it an MQTT broker, does it want TLS (mqtts:// in `mqtt.url`), does it speak this version (`mqtt.version`), does it allow this `mqtt.client_id`?',
  ),
  MQTT_UNTRUSTED: entry(
    'config',
    'The certificate of the broker {url} is not accepted: {why}.',
    'Name the authority that signed it in `mqtt.ca`, a PEM file, and the broker in `mqtt.url` by a host name that the certificate has.',
  ),
  MQTT_CERTIFICATE: entry(
    'config',
    'The broker {url} does not accept the agent’s certificate, or wants one: {why}.',
    'Name a certificate that the broker knows, and its key, in `mqtt.cert` and `mqtt.key`.',
  ),
  MQTT_FILE: entry(
    'config',
    'A file for the connection to the broker {url} cannot be used: {why}.',
    'Correct `mqtt.ca`, `mqtt.cert` or `mqtt.key`; the agent’s user must be able to read them.',
  ),
  MQTT_NO_TLS: entry(
    'config',
    'The broker {url} speaks no TLS on this port: {why}.',
    'Name the port for TLS in `mqtt.url`, 8883 is usual; or write mqtt:// there, with `mqtt.insecure` where the network is trusted.',
  ),
  MQTT_VERSION: entry(
    'config',
    'The broker {url} does not speak MQTT {version}: {why}.',
    'Set `mqtt.version` to the one that it speaks, "5" or "3.1.1".',
  ),
  MQTT_CLIENT_ID: entry(
    'config',
    'The broker {url} does not take the client id {client}: {why}.',
    'Set `mqtt.client_id` to one that the broker allows.',
  ),
  MQTT_TAKEN_OVER: entry(
    'config',
    'Another client with the client id {client} takes the connection to the broker {url}: {why}.',
    'Two agents have the same name: give each its own `line.agent`, or its own `mqtt.client_id`.',
  ),
  MQTT_NO_RETAIN: entry(
    'config',
    'The broker {url} keeps no retained messages: who subscribes later waits up to {seconds} s for states, alarms and health.',
    'Events are not affected. Switch retained messages on at the broker (mosquitto: retain_available true).',
  ),
  MQTT_NO_QOS1: entry(
    'config',
    'The broker {url} acknowledges nothing (QoS 0 only): events count as received when it answers the ping that follows them.',
    'What the broker loses after that is lost. Allow QoS 1 at the broker (mosquitto: max_qos 1).',
  ),
  MQTT_NO_COMMANDS: entry(
    'config',
    'The broker {url} does not let the agent subscribe to {topic}: {why}. It takes no commands.',
    'Allow the subscription at the broker; or set `mqtt.commands: false` where the agent shall take none.',
  ),
  MQTT_VALUE_REFUSED: entry(
    'config',
    'The broker {url} does not take {topic}: {why}.',
    'Allow the agent to publish on the topics that `lineside check` lists, retained, and messages of that size.',
  ),
  MQTT_UNANSWERED: entry(
    'transient',
    'The broker {url} acknowledges other messages and none on {topic}: they wait and are sent again.',
    'Look at the broker for what is behind this topic: a queue that is full, a bridge or a rule that stands still, an access list.',
  ),
  EVENTS_REFUSED: entry(
    'config',
    'The broker {url} does not take events on {topic}, which wait as dead letters: {why}.',
    'Mend the cause at the broker (access list, policy, packet size), then run `lineside outbox retry`; `lineside outbox list` shows them.',
  ),
  OUTBOX_FULL: entry(
    'config',
    'Events that wait for the broker fill more than {percent} % of their space on the disk; when it is full the oldest are given up.',
    'Bring the broker back, or raise `store.keep.outbox`. Records stay in the journal: `lineside export` has them.',
  ),
  COMMAND_FLOOD: entry(
    'transient',
    'Commands come faster than {rate} a second on {topic}; the agent takes none for a while.',
    'Find who sends them and stop it; let the broker’s access list allow commands to those who should send them.',
  ),
  COMMAND_INVALID: entry(
    'transient',
    'The command {verb} was not understood: {why}.',
    'Correct what is sent; the README shows each command with its fields.',
  ),
  COMMAND_REFUSED: entry('transient', 'The command {verb} was refused: {why}.', 'Mend what the reason names, then send the command again.'),
  WEB_UNAVAILABLE: entry(
    'transient',
    'Page, health and metrics cannot be served on {listen}: {why}.',
    'Name another address under `web.listen`, or end what has this one.',
  ),
  WEB_NO_PASSWORD: entry(
    'config',
    'The page is not served on {listen}, beyond this box, before a password is set.',
    'Run `lineside password` on this box; the agent sees it by itself. Or let `web.listen` be an address of this box alone.',
  ),
  WEB_CERTIFICATE: entry(
    'config',
    'The page cannot be served over TLS: its certificate {file} cannot be used: {why}.',
    'Correct `web.tls` in the config, or leave it out: the agent makes its own certificate then.',
  ),
  WEB_INSECURE: entry(
    'config',
    'Beyond this box the page is served over TLS only, and this was asked in the clear.',
    'Ask with https:// instead. For /metrics, /healthz and /readyz in the clear name who may ask under `web.probes` of the config.',
  ),
  WEB_NOT_ALLOWED: entry(
    'config',
    'The address {address} may not ask for this without signing in.',
    'Name it under `web.probes` of the config, an address or a network.',
  ),
  WEB_FOREIGN: entry(
    'config',
    'The request comes from a page of another site, or does not say that it comes from this one: {why}.',
    'Open the page of this box itself. A program sends the header `X-Lineside: 1` with whatever changes something.',
  ),
  WEB_SIGN_IN_NEEDED: entry(
    'config',
    'Only somebody who has signed in may do this.',
    'Sign in. Where there is no password yet, run `lineside password` on this box, or set one with the one-time code.',
  ),
  WEB_FORBIDDEN: entry('config', '{user} is {role}, and this takes {needs}.', 'Have somebody with that role do it, or give the role.'),
  WEB_SIGN_IN_REFUSED: entry(
    'config',
    'There is no such user, or the password is another one.',
    'Try again. Who has forgotten it sets a new one with `lineside password` on this box, or with the one-time code.',
  ),
  WEB_CODE_REFUSED: entry(
    'config',
    'The one-time code is not right, is used up, or is older than 15 minutes.',
    'Ask for a new one, and read it from the file that is named then, as the user of the agent.',
  ),
  WEB_SLOWED: entry(
    'transient',
    'There were too many tries from this address or with this name; the next one may come in {seconds} s.',
    'Wait that long. Who has forgotten the password sets a new one with `lineside password` on this box.',
  ),
  WEB_BUSY: entry('transient', 'Too much is being asked at once.', 'Try again in a few seconds.'),
  WEB_INVALID: entry('config', 'The request was not understood: {why}.', 'Correct it; /api/v1/openapi.json says what is taken.'),
  WEB_UNKNOWN: entry('config', 'There is no {what}.', 'Look at what there is: it may have been deleted, or never have been there.'),
  // everything else
  STOPPING: entry('transient', 'The agent is stopping.', 'Nothing; start it again.'),
  TIMEOUT: entry(
    'transient',
    '{what} took longer than {ms} ms.',
    'It is switched off, too busy or too far away: look at it and at the network, then try again.',
  ),
  SANDBOX_SLOW: entry(
    'transient',
    '{what} took longer than {ms} ms and was ended.',
    'Look at what was given: it is far too large for this box, or made to take for ever.',
  ),
  SANDBOX_MEMORY: entry(
    'transient',
    '{what} took more than {megabytes} MB of memory and was ended.',
    'Look at what was given: it is far too large for this box, or made to take all memory.',
  ),
  SANDBOX_DIED: entry(
    'transient',
    '{what} ended before it was done: {why}.',
    'Look at what was given: it is damaged, or made to bring the process down.',
  ),
  REPORT_NO_BROWSER: entry(
    'config',
    'A report cannot be printed as PDF: there is no Chromium at {where}.',
    'Install Chromium, or name it in LINESIDE_CHROMIUM; or write it with --format html and print it in any browser.',
  ),
  REPORT_NOT_PRINTED: entry(
    'transient',
    'The report was not printed by {browser}: {why}.',
    'Run it again; or write it with --format html and print it in any browser.',
  ),
  SPC_SIGNAL: entry(
    'transient',
    'Chart {chart} of station {station} (recipe {recipe}) is out of control: {rule}, first with part {since}; {began}.',
    'Look at the parts since then under Charts, and for what changed at the machine, the tool, the material or the gauge; when the cause is gone, restart the chart there, and where the change was meant, learn its limits anew.',
  ),
  SPC_CROWDED: entry(
    'config',
    'Parts of recipe {recipe} at station {station} are not charted: {most} recipes are, and limits of each of them were closed by somebody.',
    'Begin the first phase anew of charts of a recipe that is made no more, under Charts; its place is then taken.',
  ),
  SPC_UNKEPT: entry(
    'transient',
    'What the control charts of station {station} know cannot be kept: {why}.',
    'Look whether the disk of the store is full or can be written; until then a restart forgets what they have learned since.',
  ),
  SPC_UNREAD: entry(
    'transient',
    'What the control charts of station {station} knew before this start cannot be read ({why}): they begin anew, and nothing is written over their files.',
    'Make the folder charts of the store, and its journal, readable for the agent, and restart it: the limits that held are there again, with all parts since; what is closed until then holds until then alone.',
  ),
  SPC_TORN: entry(
    'transient',
    'The file of the control charts of station {station} could not be read and was put aside as {file}: their first phases begin anew.',
    'Close the first phases again when they have their points, under Charts, and take the file away; the limits that held before are in the audit log.',
  ),
  SPC_TOO_LITTLE: entry(
    'config',
    'No limits can be learned from {why}.',
    'Let the first phase go on until there are enough samples that differ: three values, or two subgroups of the same size.',
  ),
  PARTS_UNREAD: entry(
    'transient',
    'What station {station} said of parts before this start is not known: {why}. Rules that ask it give `on_failure`; rows of a table of routes do not fit, or lead where `route.unknown` says.',
    'The agent reads the journal again by itself. Where it lasts, look whether the store can be read; docs/logistics.md says what rules ask.',
  ),
  ROUTE_VANISHED: entry(
    'transient',
    '{which} sent to {destination} did not arrive there within {within}.',
    'Look for it between the station and {destination}. It is over when the part arrives, or passes a station; where somebody has taken it away, say so under Routes, or with the MQTT command `route`.',
  ),
  ROUTE_STRAYED: entry(
    'transient',
    '{which} came to {destination}, and nobody had sent it there.',
    'Take it out of {destination} and look at the gate that let it through, and whether two parts stand too close. It is over when the part leaves, or passes a station; else say so under Routes, or with the MQTT command `route`.',
  ),
  ROUTE_TWICE: entry(
    'transient',
    '{which} came to {destination} while it lay somewhere else: one id goes two ways.',
    'Look whether two parts have the same id, or whether it was carried over by hand. It is over when the part leaves, or passes a station; else say so under Routes, or with the MQTT command `route`.',
  ),
  ROUTE_OVERFULL: entry(
    'transient',
    'Destination {destination} has {count} parts, there and on their way, of {most}, and no other takes them.',
    'Make room at {destination}. Where parts may go elsewhere meanwhile, name that under `routes.destinations`, `full`.',
  ),
  ROUTE_UNTOLD: entry(
    'transient',
    'The conveyor behind station {station} could not be told where its last part goes ({destination}), and is not told later: another part stands there by then.',
    'Look at the OPC UA server, and whether the tags of `route.tell` can be written; where that part has gone, look at the conveyor. It is over with the next part that is told.',
  ),
  ROUTE_UNSURE: entry(
    'transient',
    'Where the last part of station {station} goes could not be known by its table: {why} It went to {destination}.',
    'Look at what that row asks: a tag that is bad, or what another station said. Where such parts go is said under `route`, `unknown`. It is over with the next part of which all is known.',
  ),
  ROUTE_CROWDED: entry(
    'config',
    'More than {most} parts are on their way, so that {count} that were sent first are followed no longer.',
    'Look whether arrivals are told: the tags under `routes.destinations`, `arrived`. Where so many parts are really on their way, raise `routes.most`.',
  ),
  ROUTE_UNREAD: entry(
    'transient',
    'Where parts were before this start is not known: {why}.',
    'The agent reads the journal again by itself. Until then places may be counted as free that are taken.',
  ),
  GAUGE_UNJUDGED: entry(
    'config',
    'The gauge cannot be judged: {why}.',
    'Measure again as the study asks for it; docs/quality.md says how often, and of how many parts.',
  ),
  ORDERS_INVALID: entry(
    'config',
    'The orders in {file} cannot be taken: {why}.',
    'Mend the places named and hand the whole list over again. Nothing of it was taken; orders and plan from before stay.',
  ),
  PLANNED_BY_RULES: entry(
    'transient',
    'What runs next is planned by rules alone: {why}.',
    'The plan can be run and is no worse than first in first out; a search may find a better one. Where it lasts, give it memory under `planning.search`.',
  ),
  SCHEDULE_UNFOUND: entry(
    'transient',
    'No schedule was found: {why}.',
    'Give it more time or memory; where it comes again, report it with the orders.',
  ),
  // language
  NOTE_UNFIT: entry('config', 'The note is not kept: {why}.', 'Write it again, shorter, on a part, a station or an alarm that there is.'),
  TEXTS_UNFIT: entry(
    'config',
    'Nothing can be learned from these texts: {why}.',
    'Show more texts of each kind, put kinds together that are told apart by nobody, or ask for less with --sure.',
  ),
  QUESTION_UNFIT: entry('config', 'The question {question} cannot be answered: {why}.', 'Ask again as docs/questions.md has it.'),
  ASSISTANT_OFF: entry(
    'config',
    'Assistants are not switched on in {file}.',
    'If one shall read the journal, write `assistant: true` under `language:` in it.',
  ),
  USAGE: entry('config', '{why}', 'Run `lineside --help`.'),
  INTERNAL: entry('fatal', 'An unexpected fault: {why}.', 'Report it with the log around it.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
export type Details = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The names in braces of a text. What holds a space is a piece of config, such as `frame: {clock: arrival}`. */
type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${string} ${string}` ? never : Name) | NamesIn<Rest>
  : never;
type Needed<Code extends ErrorCode> = NamesIn<(typeof ERRORS)[Code]['sentence'] | (typeof ERRORS)[Code]['next']>;
/** What fills every name in braces of the row, and whatever else is known. */
export type DetailsOf<Code extends ErrorCode> = Details & Readonly<Record<Needed<Code>, string | number | boolean>>;
type Given<Code extends ErrorCode> = [Needed<Code>] extends [never]
  ? [details?: Details, options?: ErrorOptions]
  : [details: DetailsOf<Code>, options?: ErrorOptions];

/** The one error class. `message` is "[CODE] sentence"; `details` are what filled the sentence, safe to log and to publish. */
export class LinesideError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LinesideError';
  readonly code: Code;
  readonly details: Details;

  constructor(code: Code, ...[details = {}, options]: Given<Code>) {
    const shown = fitToShow(details);
    super(`[${code}] ${sentenceOf(code, shown)}`, options);
    this.code = code;
    this.details = shown;
  }

  /** For a code that is known only at run time: of a fault that crossed a process or a thread with all its details. */
  static of(code: ErrorCode, details: Details, options?: ErrorOptions): LinesideError {
    return new LinesideError(code, details as DetailsOf<ErrorCode>, options);
  }

  get category(): ErrorCategory {
    return ERRORS[this.code].category;
  }
  get next(): string {
    return filled(ERRORS[this.code].next, this.details);
  }
  /** The operator's sentence without the code. */
  get sentence(): string {
    return sentenceOf(this.code, this.details);
  }
}

export function sentenceOf(code: ErrorCode, details: Details): string {
  return inPlace(ERRORS[code].sentence, details).replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '?'));
}

/** Nobody reads 3600000 ms: from ten seconds and two minutes on, numbers that have a unit behind them are told as people say them. */
function inPlace(sentence: string, details: Details): string {
  return sentence.replace(/\{(\w+)\} (ms|s)\b/g, (whole, name: string, unit: 'ms' | 's') => {
    const value = details[name];
    const [each, from] = unit === 'ms' ? [1, 10_000] : [1000, 120];
    return typeof value === 'number' && value >= from ? inWords(value * each) : whole;
  });
}

/** Details come from cameras, servers and libraries, and go to logs, terminals and retained messages: this is the one way through. */
const fitToShow = (details: Details): Details =>
  Object.fromEntries(Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? harmless(value) : value]));

/** In a next step what is not known stays as it stands: it may be a piece of config. */
const filled = (text: string, details: Details): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (details[name] === undefined ? whole : String(details[name])));

/** Anything thrown, as a LinesideError: what is one already stays, the rest becomes `code` with its message as `why`. */
export function asLinesideError(thrown: unknown): LinesideError;
export function asLinesideError<Code extends ErrorCode>(thrown: unknown, code: Code, ...details: GivenBesideWhy<Code>): LinesideError;
export function asLinesideError(thrown: unknown, code: ErrorCode = 'INTERNAL', details: Details = {}): LinesideError {
  return thrown instanceof LinesideError ? thrown : LinesideError.of(code, { ...details, why: messageOf(thrown) }, { cause: thrown });
}
type BesideWhy<Code extends ErrorCode> = Exclude<Needed<Code>, 'why'>;
type GivenBesideWhy<Code extends ErrorCode> = [BesideWhy<Code>] extends [never]
  ? [details?: Details]
  : [details: Details & Readonly<Record<BesideWhy<Code>, string | number | boolean>>];

/** Why, without the sentence around it: for a fault that is told as another. */
export const causeOf = (thrown: unknown): string =>
  thrown instanceof LinesideError ? String(thrown.details['why'] ?? thrown.sentence) : messageOf(thrown);

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
