/** Alarms, conditions and events of real servers: what is told, what is told again after a loss, and what cannot be told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { MachineEvent } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { Runner } from '#agent/runtime/runner.js';
import { eventOf } from '#agent/sources/opcua/event-fields.js';
import { createEventServer } from '#agent/sources/opcua/events.js';
import { systemClock } from '#agent/time.js';
import { config } from '../contracts/tag-server-rig.ts';
import { memoryLog } from '../simulators/log.ts';
import { type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';

/** The agent's side: what it heard, in order. */
class Heard {
  readonly clock = systemClock;
  readonly log = memoryLog();
  readonly events: MachineEvent[] = [];
  readonly refreshes: (boolean | 'begin')[] = [];
  readonly ends: LinesideError[] = [];
  standing: readonly LinesideError[] = [];
  onlines = 0;
  event = (event: MachineEvent) => void this.events.push(event);
  refreshing = () => void this.refreshes.push('begin');
  refreshed = (complete: boolean) => void this.refreshes.push(complete);
  faults = (list: readonly LinesideError[]) => {
    this.standing = list;
  };
  online = () => void this.onlines++;
  get codes() {
    return this.standing.map(({ code }) => code);
  }
}

const eventually = (look: () => unknown) => vi.waitFor(look, { timeout: 15_000, interval: 20 });

const rig = (start: () => Promise<OpcuaSimulator>) => {
  let pki: string;
  let plc: OpcuaSimulator;
  beforeAll(async () => {
    pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
    plc = await start();
  });
  afterAll(async () => {
    await plc.stop();
    await rm(pki, { recursive: true, force: true });
  });

  const listen = (events: { from?: string; severity?: number } = {}) => {
    const heard = new Heard();
    const settings = { ...config(plc.endpoint), silence: 3000, events: { from: 'Server', severity: 1, ...events } };
    const server = createEventServer('plc', settings, { pki, clock: systemClock });
    const runner = new Runner({
      name: 'events',
      clock: systemClock,
      log: heard.log,
      random: () => 0,
      backoff: { first: 50, most: 200 },
      live: (life) => {
        const online = () => {
          heard.online();
          life.online();
        };
        return server.run({ ...heard, online }, life.signal);
      },
      onStatus: (_, fault) => fault && heard.ends.push(fault),
    });
    runner.start();
    onTestFinished(() => runner.stop());
    return { heard, server };
  };
  return {
    listen,
    get plc() {
      return plc;
    },
  };
};

describe('events of asyncua', () => {
  const peer = rig(() => startOpcuaServer('asyncua'));
  test('are told, alarms with their state, and that it cannot say what is active', { timeout: 60_000 }, async () => {
    const { heard } = peer.listen();
    await eventually(() => expect(heard.onlines).toBe(1));
    await eventually(() => expect(heard.codes).toEqual(['OPCUA_NO_REFRESH']));
    expect(heard.refreshes).toEqual(['begin', false]);
    const { plc } = peer;
    await plc.event('shift begins', { severity: 300 });
    await plc.alarm('Pump', { active: true, message: 'oil low', severity: 600 });
    await plc.alarm('Pump', { active: false, message: 'oil fine', severity: 600 });
    await eventually(() => expect(heard.events).toHaveLength(3));
    expect(heard.events[0]).toMatchObject({ message: 'shift begins', severity: 300, condition: null });
    expect(heard.events.slice(1).map(({ message, condition }) => [message, condition?.active, condition?.name])).toEqual([
      ['oil low', true, 'Pump'],
      ['oil fine', false, 'Pump'],
    ]);
    expect(heard.events[1]?.condition?.id).toBe(heard.events[2]?.condition?.id);
  });
});

describe('events of node-opcua', () => {
  const peer = rig(() => startOpcuaServer('node-opcua', { alarms: ['Pump', 'Door'] }));
  const { listen } = peer;

  test('an alarm with its state, and an event that is none; what is less severe is left to the server', async () => {
    const { heard } = listen({ severity: 300 });
    await eventually(() => expect(heard.onlines).toBe(1));
    expect(heard.refreshes).toEqual(['begin', true]);
    const before = Date.now();
    await peer.plc.event('door of the cabinet', { severity: 299 });
    await peer.plc.event('shift begins', { severity: 300 });
    await peer.plc.alarm('Pump', { active: true, message: 'oil low', severity: 600 });
    await peer.plc.alarm('Pump', { active: true, severity: 600, acked: true });
    await peer.plc.alarm('Pump', { active: false, message: 'oil fine', severity: 100 });
    await eventually(() => expect(heard.events).toHaveLength(4));
    const [event, raised, acked, over] = heard.events;
    expect(event).toMatchObject({ message: 'shift begins', severity: 300, sourceName: 'Machine', condition: null });
    expect(raised).toMatchObject({ message: 'oil low', severity: 600, condition: { name: 'Pump', active: true, acked: false } });
    expect(acked).toMatchObject({ condition: { id: raised?.condition?.id, active: true, acked: true, since: raised?.condition?.since } });
    expect(over).toMatchObject({ severity: 100, condition: { id: raised?.condition?.id, active: false } });
    expect(Math.abs((raised?.condition?.since ?? 0) - before)).toBeLessThan(5000);
    expect(new Set(heard.events.map(({ eventId }) => eventId)).size).toBe(4);
    expect(heard.standing).toEqual([]);
  });

  test('what is active is told again with the same id by whoever asks, and to a session after the one that was lost', async () => {
    const { heard, server } = listen();
    await eventually(() => expect(heard.onlines).toBe(1));
    await peer.plc.alarm('Door', { active: true, message: 'door open', severity: 500 });
    await eventually(() => expect(heard.events).toHaveLength(1));
    await peer.plc.expireSessions();
    await eventually(() => expect(heard.onlines).toBe(2));
    expect(heard.events).toHaveLength(2);
    expect(heard.events[1]).toEqual(heard.events[0]);
    expect(heard.refreshes).toEqual(['begin', true, 'begin', true]);
    expect(heard.ends.map(({ code }) => code)).not.toEqual([]);
    // At most once a minute.
    server.refresh();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(heard.refreshes).toHaveLength(4);
    await peer.plc.alarm('Door', { active: false, severity: 500 });
  });

  test('a message of a megabyte is cut, one of ten is left out and said so, and the session lives on', { timeout: 60_000 }, async () => {
    const { heard } = listen();
    await eventually(() => expect(heard.onlines).toBe(1));
    await peer.plc.event('x'.repeat(1_000_000), { severity: 500 });
    await eventually(() => expect(heard.events).toHaveLength(1));
    expect(heard.events[0]?.message.length).toBeLessThan(2100);
    // Of a condition that is active, so that it comes again with every session.
    await peer.plc.alarm('Pump', { active: true, message: 'y'.repeat(10_000_000), severity: 500 });
    await eventually(() => expect(heard.codes).toContain('OPCUA_EVENTS_LARGE'));
    await eventually(() => expect(heard.events.at(-1)).toMatchObject({ message: '', condition: { name: 'Pump', active: true } }));
    await peer.plc.alarm('Pump', { active: false, message: 'fine', severity: 500 });
    await eventually(() => expect(heard.events.at(-1)?.condition?.active).toBe(false));
  });

  test('events in a message that never came are told as lost, and what is active is asked for', { timeout: 60_000 }, async () => {
    const { heard } = listen();
    await eventually(() => expect(heard.onlines).toBe(1));
    await peer.plc.event('before', { severity: 500 });
    await eventually(() => expect(heard.events).toHaveLength(1));
    await peer.plc.skip(3);
    await peer.plc.event('after', { severity: 500 });
    await eventually(() => expect(heard.codes).toEqual(['OPCUA_EVENTS_LOST']));
    expect(heard.ends).toEqual([]);
  });

  test('a node that there is not is said with what the server answered', async () => {
    const { heard } = listen({ from: 'nsu=urn:press;s=Nobody' });
    await eventually(() => expect(heard.ends[0]).toMatchObject({ code: 'OPCUA_NO_EVENTS' }));
    const { heard: other } = listen({ from: 'nsu=urn:nobody;s=X' });
    await eventually(() => expect(other.ends[0]?.sentence).toContain('BadNodeIdUnknown'));
  });
});

test('what a server says of its own queue, and branches of conditions, are no events', () => {
  const fields = (type: number, branch: unknown = null) =>
    [null, { namespace: 0, value: type }, 'PLC', new Date(5), 100, { text: 'x' }, null, null, branch].map((value) => ({ value }) as never);
  expect([2787, 2788, 2789, 3035].map((type) => eventOf(fields(type)))).toEqual([
    'refresh start',
    'refresh end',
    'refresh required',
    'overflow',
  ]);
  expect(eventOf(fields(2041))).toMatchObject({ message: 'x', severity: 100, time: 5, condition: null });
  expect(eventOf(fields(2041, { namespace: 1, value: 'b' }))).toBeNull();
  expect(eventOf(fields(2041, { namespace: 0, value: 0 }))).not.toBeNull();
});
