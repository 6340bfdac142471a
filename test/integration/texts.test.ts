import { describe, expect, it, onTestFinished } from 'vitest';
import { startOpcuaServer } from '../simulators/opcua.ts';
import { type Line, startLine, stationOf } from './line.ts';

const node = (name: string) => `nsu=urn:press;s=${name}`;
interface Text {
  readonly source: string;
  readonly origin: string;
  readonly station: string | null;
  readonly state: string | null;
  readonly acked: number | null;
  readonly text: string;
}
const texts = (line: Line) => line.sql<Text>('SELECT source, origin, station, state, acked, text FROM texts ORDER BY number');
const eventually = (line: Line, fits: (all: readonly Text[]) => boolean) =>
  expect.poll(() => fits(texts(line)), { timeout: 20_000, interval: 100 }).toBe(true);
const alarm = (line: Line, topic: string) =>
  line.subscriber.received.findLast((one) => one.topic.endsWith(`/alarm/${topic}`))?.payload['active'];

describe('what machines say', () => {
  it('is on record without names, without doubles over kills of both, and bounded however much it is', { timeout: 120_000 }, async () => {
    const machine = await startOpcuaServer('node-opcua', { alarms: ['Pump', 'Door'], variables: { Message: ['String', ''] } });
    onTestFinished(() => machine.stop());
    const tags = { message: { node: node('Message'), sampling: '20ms' } };
    const line = await startLine({
      servers: {
        machine: {
          endpoint: machine.endpoint,
          security: { mode: 'None', policy: 'None' },
          silence: '3s',
          events: { severity: 300, station: 'outlet' },
          tags,
        },
      },
      language: { names: ['Müller'], texts: ['machine.message'] },
      stations: { outlet: stationOf('', { record: ['machine.message'] }) },
    });
    await line.ready();
    const online = () => line.agent.says(({ msg, part }) => msg === 'events are received' && part === 'events/machine', 'events');
    await online();
    await machine.alarm('Pump', { active: true, message: 'Öl niedrig, Hr. Schulze informieren', severity: 600 });
    await machine.set({ Message: 'Werkzeug 7, MUELLER holt Ersatz' });
    await eventually(line, (all) => all.length === 2);
    expect(texts(line).sort((a, b) => a.source.localeCompare(b.source))).toEqual([
      { source: 'alarm', origin: 'machine', station: 'outlet', state: 'active', acked: 0, text: 'Öl niedrig, Hr. <name> informieren' },
      {
        source: 'tag',
        origin: 'machine.message',
        station: 'outlet',
        state: 'active',
        acked: null,
        text: 'Werkzeug 7, <name> holt Ersatz',
      },
    ]);

    // The agent dies; meanwhile the pump is acknowledged and the door opens.
    await line.agent.kill();
    await machine.alarm('Pump', { active: true, severity: 600, acked: true });
    await machine.alarm('Door', { active: true, message: 'Tür offen', severity: 500 });
    const readies = line.station().readies;
    line.restart();
    await line.ready(readies);
    await online();
    await eventually(line, (all) => all.length === 3 && all.some(({ acked }) => acked === 1));
    expect(texts(line).map(({ text, state }) => [text.slice(0, 11), state])).toEqual(
      expect.arrayContaining([
        ['Öl niedrig,', 'active'],
        ['Werkzeug 7,', 'active'],
        ['Tür offen', 'active'],
      ]),
    );

    // The server dies, and is there again with nothing active.
    await machine.kill();
    await line.subscriber.until(
      () => line.subscriber.received.some(({ topic }) => topic.includes('/alarm/') && topic.includes('events/machine')),
      'the loss',
    );
    await machine.start();
    await eventually(line, (all) => all.every(({ state }) => state === 'ended'));
    expect(texts(line)).toHaveLength(3);

    // Parts go on while it floods; no text is longer than it may be.
    await machine.set({ Message: 'MUELLER ruft an' });
    await eventually(line, (all) => all.length === 4);
    const parts = line.plc.offer(60, 100);
    await machine.event('z'.repeat(1_000_000), { severity: 400 });
    await machine.event('Störung', { severity: 400, count: 4000 });
    await line.subscriber.until(() => alarm(line, 'TEXTS_DROPPED/events/machine') === true, 'that texts were dropped');
    await line.more(3);
    await parts;
    await line.halt();
    await line.published();
    expect(await line.agent.stop()).toBe(0);
    line.expectSound();
    const all = texts(line);
    expect(all.length).toBeLessThan(300);
    expect(Math.max(...all.map(({ text }) => text.length))).toBe(2000);
    // Nowhere: not in the journal, and not in what left the box.
    const stored = JSON.stringify([
      line.sql('SELECT * FROM texts'),
      line.sql('SELECT tags, reasons FROM inspections'),
      line.sql('SELECT * FROM audit'),
    ]);
    const told = JSON.stringify(line.subscriber.received.map(({ payload }) => payload));
    expect(`${stored}${told}`).not.toMatch(/schulze|müller|mueller/i);
    expect(line.events().some(({ payload }) => JSON.stringify(payload).includes('<name> ruft an'))).toBe(true);
  });
});
