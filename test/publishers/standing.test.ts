import { describe, expect, it } from 'vitest';
import type { OutboxFate } from '#agent/contracts/index.js';
import { type Conditions, standingFaults } from '#agent/publishers/standing.js';

const about = { url: 'mqtts://broker.plant', version: '5', client: 'lineside-gw1' };
const fate: OutboxFate = { letters: 0, refusals: [], bytes: 0, bound: 1000, dropped: 0, revived: 0 };
const good: Conditions = {
  about,
  commands: 'x/cmd/+',
  abilities: { retain: true, qos1: true },
  commandsRefused: null,
  takenOver: null,
  flooded: false,
  valuesRefused: new Map(),
  unanswered: [],
  fate,
};
const standing = (over: Partial<Conditions>) => standingFaults({ ...good, ...over }).map(({ code, details }) => [code, details]);
const refusal = (topic: string) => ({ topic, why: 'Not authorized (0x87)', letters: 3 });

describe('what stands', () => {
  it('is nothing at a broker that takes everything, whether the outbox has spoken or not', () => {
    expect([standing({}), standing({ fate: null })]).toEqual([[], []]);
  });

  it.each<[Partial<Conditions>, string, object]>([
    [{ abilities: { retain: false, qos1: true } }, 'MQTT_NO_RETAIN', { ...about, seconds: 60 }],
    [{ abilities: { retain: true, qos1: false } }, 'MQTT_NO_QOS1', about],
    [{ commandsRefused: 'Not authorized' }, 'MQTT_NO_COMMANDS', { ...about, topic: 'x/cmd/+', why: 'Not authorized' }],
    [{ takenOver: 'the broker says so' }, 'MQTT_TAKEN_OVER', { ...about, why: 'the broker says so' }],
    [{ flooded: true }, 'COMMAND_FLOOD', { rate: 1000, topic: 'x/cmd/+' }],
    [{ valuesRefused: new Map([['s', 'no']]) }, 'MQTT_VALUE_REFUSED', { ...about, topic: 's', why: 'no' }],
    [{ unanswered: ['q'] }, 'MQTT_UNANSWERED', { ...about, topic: 'q' }],
    [{ fate: { ...fate, refusals: [refusal('q')] } }, 'EVENTS_REFUSED', { ...about, topic: 'q', why: 'Not authorized (0x87)' }],
    [{ fate: { ...fate, bytes: 801 } }, 'OUTBOX_FULL', { percent: 80 }],
  ])('is each thing by itself: %j', (over, code, details) => {
    expect(standing(over)).toEqual([[code, details]]);
  });

  it('is an outbox beyond four fifths of its budget, and none at them', () => {
    expect(standing({ fate: { ...fate, bytes: 800 } })).toEqual([]);
  });

  it.each([
    [1, 't1'],
    [2, 't1 and 1 more topic'],
    [3, 't1 and 2 more topics'],
  ])('names the first of %d topics and how many more there are', (count, topic) => {
    const topics = Array.from({ length: count }, (_, i) => `t${i + 1}`);
    expect(standing({ valuesRefused: new Map(topics.map((name) => [name, 'no'])) })[0]?.[1]).toMatchObject({ topic });
    expect(standing({ unanswered: topics })[0]?.[1]).toMatchObject({ topic });
    expect(standing({ fate: { ...fate, refusals: topics.map(refusal) } })[0]?.[1]).toMatchObject({ topic });
  });

  it('is all of it at once', () => {
    const all = standing({
      abilities: { retain: false, qos1: false },
      commandsRefused: 'a',
      takenOver: 'b',
      flooded: true,
      valuesRefused: new Map([['s', 'no']]),
      unanswered: ['q'],
      fate: { ...fate, refusals: [refusal('q')], bytes: 1000 },
    });
    expect(all.map(([code]) => code)).toEqual([
      'MQTT_NO_RETAIN',
      'MQTT_NO_QOS1',
      'MQTT_NO_COMMANDS',
      'MQTT_TAKEN_OVER',
      'COMMAND_FLOOD',
      'MQTT_VALUE_REFUSED',
      'MQTT_UNANSWERED',
      'EVENTS_REFUSED',
      'OUTBOX_FULL',
    ]);
  });
});
