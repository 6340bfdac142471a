import { expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { ErrorCode } from '#agent/errors.js';
import { causesOf, isDown } from '#agent/runtime/causes.js';

const station = (more: object) => ({ models: {}, decisions: [], recipes: {}, ...more });
const config = {
  cameras: { top: {}, side: {} },
  stations: {
    inlet: station({ trigger: { tag: 'press.present' }, part: 'robot.serial', models: { surface: { model: 'm', camera: 'top' } } }),
    outlet: station({ trigger: { camera: 'side' }, models: { surface: { model: 'm', camera: 'side' } } }),
  },
} as unknown as Pick<Config, 'cameras' | 'stations'>;

const alarm = (code: ErrorCode, subject: string, raised = 1) => ({ key: `${code}/${subject}`, code, subject, raised });
const causes = (...alarms: readonly ReturnType<typeof alarm>[]) => Object.fromEntries(causesOf(config, alarms));

it('what a dead PLC, camera or model leaves its stations and tags without follows from it', () => {
  expect(
    causes(
      alarm('OPCUA_WRITE_FAILED', 'inlet', 2),
      alarm('TAG_BAD', 'press.speed', 2),
      alarm('OPCUA_UNREACHABLE', 'opcua/press', 3),
      alarm('FRAME_MISSING', 'outlet'),
      alarm('CAMERA_SILENT', 'camera/side'),
      alarm('MODEL_CRASHED', 'outlet'),
      alarm('MODEL_CRASHED', 'model/outlet/surface'),
    ),
  ).toEqual({
    'OPCUA_WRITE_FAILED/inlet': 'OPCUA_UNREACHABLE/opcua/press',
    'TAG_BAD/press.speed': 'OPCUA_UNREACHABLE/opcua/press',
    'FRAME_MISSING/outlet': 'CAMERA_SILENT/camera/side',
    'MODEL_CRASHED/outlet': 'MODEL_CRASHED/model/outlet/surface',
  });
});

it('nothing follows from a neighbour that its owner does not need, nor from one that has another fault', () => {
  expect(
    causes(
      alarm('FRAME_MISSING', 'inlet'),
      alarm('CAMERA_SILENT', 'camera/side'),
      alarm('OPCUA_WRITE_FAILED', 'outlet'),
      alarm('OPCUA_UNREACHABLE', 'opcua/press'),
      alarm('TAG_BAD', 'robot.speed'),
      alarm('MODEL_CRASHED', 'inlet'),
      alarm('MODEL_CRASHED', 'model/outlet/surface'),
      alarm('STATION_HELD', 'inlet'),
    ),
  ).toEqual({});
  expect(causes(alarm('PART_UNNAMED', 'inlet'), alarm('OPCUA_REVISED', 'opcua/press'))).toEqual({});
});

it('of several that explain it, it is under the one that began first; a full disk and a broker concern everybody', () => {
  expect(
    causes(
      alarm('DEADLINE_MISSED', 'inlet', 9),
      alarm('OPCUA_SILENT', 'opcua/robot', 5),
      alarm('CAMERA_ENDED', 'camera/top', 4),
      alarm('OUTBOX_FULL', 'mqtt', 9),
      alarm('MQTT_UNREACHABLE', 'mqtt', 2),
      alarm('STORE_FAILED', 'store', 9),
      alarm('STORE_FULL', 'store', 3),
    ),
  ).toEqual({
    'DEADLINE_MISSED/inlet': 'CAMERA_ENDED/camera/top',
    'OUTBOX_FULL/mqtt': 'MQTT_UNREACHABLE/mqtt',
    'STORE_FAILED/store': 'STORE_FULL/store',
  });
});

it('a tag of which nothing is heard is not its server', () => {
  expect(isDown(alarm('OPCUA_SILENT', 'press.speed'))).toBe(false);
  expect(isDown(alarm('OPCUA_SILENT', 'opcua/press'))).toBe(true);
  expect(isDown(alarm('STATION_HELD', 'inlet'))).toBe(false);
});
