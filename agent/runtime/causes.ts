/** Which alarm follows from which: whoever has nothing from a dead neighbour is wrong because of it, and mending the neighbour mends both. Pure. */
import { usesOf } from '../config/checks/tags.ts';
import type { Config } from '../config/schema.ts';
import type { Alarm } from '../contracts/index.ts';
import type { ErrorCode } from '../errors.ts';
import { camerasOf } from './page-view.ts';
import { serverOf } from './plant.ts';

type Kind = 'camera' | 'opcua' | 'model' | 'broker' | 'disk';

/** Each says that nothing comes from what it is about, or nothing is taken by it. */
const DOWN: Readonly<Partial<Record<ErrorCode, Kind>>> = {
  CAMERA_UNREACHABLE: 'camera',
  CAMERA_ENDED: 'camera',
  CAMERA_SILENT: 'camera',
  CAMERA_BAD_IMAGE: 'camera',
  CAMERA_TOO_LARGE: 'camera',
  CAMERA_NO_DECODER: 'camera',
  OPCUA_UNREACHABLE: 'opcua',
  OPCUA_REFUSED: 'opcua',
  OPCUA_DISTRUSTED: 'opcua',
  OPCUA_USER: 'opcua',
  OPCUA_FULL: 'opcua',
  OPCUA_IDENTITY: 'opcua',
  OPCUA_NO_IDENTITY: 'opcua',
  OPCUA_UNTRUSTED: 'opcua',
  OPCUA_SILENT: 'opcua',
  MODEL_INVALID: 'model',
  MODEL_UNPROVED: 'model',
  MODEL_HASH: 'model',
  MODEL_GOLDEN: 'model',
  MODEL_FAILED: 'model',
  MODEL_CRASHED: 'model',
  MODEL_HUNG: 'model',
  MQTT_UNREACHABLE: 'broker',
  MQTT_REFUSED: 'broker',
  MQTT_CLOSED: 'broker',
  MQTT_UNTRUSTED: 'broker',
  MQTT_CERTIFICATE: 'broker',
  STORE_FULL: 'disk',
};

/** What each may follow from, at somebody who needs it. */
const FOLLOWS: Readonly<Partial<Record<ErrorCode, readonly Kind[]>>> = {
  FRAME_MISSING: ['camera'],
  CODE_UNREAD: ['camera'],
  DEADLINE_MISSED: ['camera', 'model', 'opcua'],
  MODEL_INVALID: ['model'],
  MODEL_UNPROVED: ['model'],
  MODEL_HASH: ['model'],
  MODEL_GOLDEN: ['model'],
  MODEL_FAILED: ['model'],
  MODEL_CRASHED: ['model'],
  MODEL_HUNG: ['model'],
  RULE_FAILED: ['model', 'opcua'],
  TAG_BAD: ['opcua'],
  TEXT_MISSING: ['opcua'],
  WINDOW_GAPS: ['opcua'],
  PART_MISSED: ['opcua'],
  PART_UNNAMED: ['opcua'],
  RECIPE_UNKNOWN: ['opcua'],
  RECIPE_UNSURE: ['opcua'],
  OPCUA_WRITE_FAILED: ['opcua'],
  // Of its events, which are a session of their own.
  OPCUA_UNREACHABLE: ['opcua'],
  OPCUA_REFUSED: ['opcua'],
  OPCUA_USER: ['opcua'],
  OPCUA_UNTRUSTED: ['opcua'],
  OPCUA_SILENT: ['opcua'],
  OPCUA_GAPS: ['opcua'],
  OUTBOX_FULL: ['broker'],
  STORE_FAILED: ['disk'],
  STORE_OVERLOADED: ['disk'],
  STORE_RECORDS_LOST: ['disk'],
  STORE_PICTURES_LOST: ['disk'],
};

const EVENTS = 'events/';
type Known = Pick<Alarm, 'key' | 'code' | 'subject' | 'raised'>;

/** By key of an alarm that follows from another, the key of that one; of several that explain it, the one that began first. */
export function causesOf(config: Pick<Config, 'cameras' | 'stations'>, alarms: readonly Known[]): ReadonlyMap<string, string> {
  const down = alarms.flatMap((alarm) => {
    const kind = downOf(alarm);
    return kind ? [{ alarm, kind }] : [];
  });
  down.sort((a, b) => a.alarm.raised - b.alarm.raised);
  const causes = new Map<string, string>();
  for (const alarm of alarms) {
    const kinds = FOLLOWS[alarm.code] ?? [];
    if (down.some((one) => one.alarm === alarm)) continue;
    const cause = down.find((one) => kinds.includes(one.kind) && needs(config, alarm.subject, one));
    if (cause) causes.set(alarm.key, cause.alarm.key);
  }
  return causes;
}

/** Whether nothing comes from what it is about. A station that meets a fault of its model, or a tag that is not heard of, is not that. */
export const isDown = (alarm: Pick<Alarm, 'code' | 'subject'>): boolean => downOf(alarm) !== null;

function downOf({ code, subject }: Pick<Alarm, 'code' | 'subject'>): Kind | null {
  const kind = DOWN[code] ?? null;
  return kind === 'broker' || kind === 'disk' || subject.startsWith(`${kind}/`) ? kind : null;
}

/** Whether `subject`, a station or a tag, has nothing where that is down. */
function needs(
  config: Pick<Config, 'cameras' | 'stations'>,
  subject: string,
  { alarm, kind }: { readonly alarm: Known; readonly kind: Kind },
): boolean {
  if (kind === 'broker' || kind === 'disk') return true;
  if (kind === 'model') return alarm.subject.startsWith(`model/${subject}/`);
  const station = config.stations[subject];
  if (kind === 'camera') return station !== undefined && camerasOf(config, station).includes(alarm.subject.slice('camera/'.length));
  const own = subject.startsWith(EVENTS) ? subject.slice(EVENTS.length) : serverOf(subject);
  const servers = station ? usesOf(subject, station).map(({ tag }) => serverOf(tag)) : [own];
  return servers.includes(alarm.subject.slice('opcua/'.length));
}
