import { describe, expect, it } from 'vitest';
import type { Alarm } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { AlarmBook } from '#agent/runtime/alarms.js';
import { Conditions } from '#agent/runtime/conditions.js';
import { ManualClock } from '../simulators/clock.ts';

const fault = (why = 'cable') => new LinesideError('CAMERA_UNREACHABLE', { camera: 'top', why });
const standing = (subject = 'camera/top', why?: string) => ({ fault: fault(why), subject });

function book() {
  const clock = new ManualClock();
  const told: Alarm[] = [];
  return { clock, told, alarms: new AlarmBook(clock, (alarm) => told.push(alarm)) };
}
const brief = (told: readonly Alarm[]) => told.map(({ key, active }) => `${active ? '+' : '-'}${key}`);
const TOP = 'CAMERA_UNREACHABLE/camera/top';
const REAR = 'CAMERA_UNREACHABLE/camera/rear';

describe('the book of alarms', () => {
  it('publishes the difference between what an owner states and what it stated before', () => {
    const { told, alarms } = book();
    alarms.state('cell', [standing()]);
    alarms.state('cell', [standing(), standing('camera/rear')]);
    alarms.state('cell', [standing('camera/rear')]);
    alarms.state('cell', []);
    alarms.state('cell', []);
    expect(brief(told)).toEqual([`+${TOP}`, `+${REAR}`, `-${TOP}`, `-${REAR}`]);
    expect(alarms.all).toEqual([]);
  });

  it('keeps an alarm as long as one of its owners states it', () => {
    const { told, alarms } = book();
    alarms.state('life', [standing()]);
    alarms.state('part', [standing()]);
    alarms.state('life', []);
    expect(brief(told)).toEqual([`+${TOP}`]);
    alarms.state('part', []);
    expect(brief(told)).toEqual([`+${TOP}`, `-${TOP}`]);
  });

  it('raises and lowers one fault of an owner and leaves its others', () => {
    const { told, alarms } = book();
    alarms.raise('station', standing());
    alarms.raise('station', standing('camera/rear'));
    alarms.lower('station', 'CAMERA_UNREACHABLE', 'camera/top');
    alarms.lower('station', 'CAMERA_UNREACHABLE', 'camera/top');
    alarms.lower('other', 'CAMERA_UNREACHABLE', 'camera/rear');
    expect(brief(told)).toEqual([`+${TOP}`, `+${REAR}`, `-${TOP}`]);
  });

  it('says since when, when it was raised and how often', async () => {
    const { clock, told, alarms } = book();
    const start = clock.now();
    alarms.state('cell', [standing()]);
    await clock.advance(5000);
    alarms.state('cell', []);
    await clock.advance(5000);
    alarms.state('cell', [standing()]);
    expect(told.map(({ active, since, raised, times }) => ({ active, since: since - start, raised: raised - start, times }))).toEqual([
      { active: true, since: 0, raised: 0, times: 1 },
      { active: false, since: 5000, raised: 0, times: 1 },
      { active: true, since: 10_000, raised: 10_000, times: 2 },
    ]);
    expect(told[0]?.next).toBe(fault().next);
  });

  it('tells new words of the same fault at most once a second, the newest last, and does not end it for them', async () => {
    const { clock, told, alarms } = book();
    for (let n = 0; n < 20; n++) {
      alarms.state('cell', [standing('camera/top', `try ${n}`)]);
      await clock.advance(100);
    }
    await clock.advance(1000);
    expect(told.every(({ active, since }) => active && since === told[0]?.since)).toBe(true);
    expect(told.map(({ text }) => Number(/try (\d+)/.exec(text)?.[1]))).toEqual([0, 9, 19]);
    alarms.state('cell', [standing('camera/top', 'last')]);
    alarms.state('cell', []);
    await clock.advance(5000);
    expect(told.at(-1)?.active).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('carries the alarms of the life before until it is settled, and ends what nobody states then', () => {
    const { told, alarms } = book();
    const earlier = book();
    earlier.alarms.state('a', [standing(), standing('camera/rear')]);
    alarms.take(earlier.alarms.all);
    expect(told).toEqual([]);
    alarms.state('camera/rear', [standing('camera/rear')]);
    expect(told).toEqual([]);
    alarms.settle();
    expect(brief(told)).toEqual([`-${TOP}`]);
    expect(alarms.all.map(({ key }) => key)).toEqual([REAR]);
  });

  it('is told at once by who knows best that an alarm of the life before is over', () => {
    const { told, alarms } = book();
    const earlier = book();
    earlier.alarms.state('config', [standing()]);
    alarms.take(earlier.alarms.all);
    alarms.end('config', 'CAMERA_UNREACHABLE', 'camera/top');
    expect(brief(told)).toEqual([`-${TOP}`]);
  });
});

describe('what the lives of a part state', () => {
  const conditions = () => {
    const { clock, told, alarms } = book();
    const part = new Conditions(
      clock,
      () => 'camera/top',
      (faults) => alarms.state('camera/top', faults),
    );
    return { clock, told, part };
  };

  it('stands over the end of a life, and ends when the next one is online for a while without a word', async () => {
    const { clock, told, part } = conditions();
    part.begin();
    part.online();
    part.faults([fault()]);
    part.begin();
    await clock.advance(60_000);
    expect(brief(told)).toEqual([`+${TOP}`]);
    part.online();
    await clock.advance(4000);
    expect(brief(told)).toEqual([`+${TOP}`]);
    await clock.advance(2000);
    expect(brief(told)).toEqual([`+${TOP}`, `-${TOP}`]);
  });

  it('stands on where the next life says the same', async () => {
    const { clock, told, part } = conditions();
    part.begin();
    part.faults([fault()]);
    part.online();
    part.begin();
    part.online();
    part.faults([fault()]);
    await clock.advance(60_000);
    expect(brief(told)).toEqual([`+${TOP}`]);
  });

  it('ends for one thing of it when that thing is well, or when the next life no longer says it', () => {
    const { told, part } = conditions();
    const node = (tag: string) => new LinesideError('OPCUA_NODE_UNKNOWN', { server: 'plc', tag, node: 'i=1' });
    part.begin();
    part.one('plc.a', node('a'));
    part.one('plc.b', node('b'));
    part.online();
    expect(brief(told)).toEqual(['+OPCUA_NODE_UNKNOWN/plc.a', '+OPCUA_NODE_UNKNOWN/plc.b']);
    part.well('plc.a');
    part.well('plc.c');
    expect(brief(told).slice(2)).toEqual(['-OPCUA_NODE_UNKNOWN/plc.a']);
    part.begin();
    part.one('plc.a', node('a'));
    expect(told).toHaveLength(3);
    part.online();
    expect(brief(told).slice(3)).toEqual(['+OPCUA_NODE_UNKNOWN/plc.a', '-OPCUA_NODE_UNKNOWN/plc.b']);
  });
});
