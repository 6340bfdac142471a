import type { IPublishPacket } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { Memory } from '#agent/publishers/memory.js';
import { senderOf } from '#agent/publishers/sender.js';
import { isAnswerTopic } from '#agent/publishers/topics.js';

const sent = (properties?: IPublishPacket['properties']): string | null => senderOf({ properties } as IPublishPacket);

describe('who sent a command', () => {
  it.each([
    [undefined, null],
    [{}, null],
    [{ userProperties: { colour: 'red' } }, null],
    [{ userProperties: { user: 'anna' } }, 'user anna'],
    [{ userProperties: { Client_ID: 'mes-1' } }, 'client_id mes-1'],
    [{ userProperties: { colour: 'red', from: ['a', 'b'], user: 'c' } }, 'from a'],
    [{ userProperties: { user: [] } }, 'user '],
    [{ userProperties: { username: 'an\u0000na\u202e' } }, 'username anna'],
    [{ responseTopic: 'mes/answers' }, 'answers to mes/answers'],
    [{ userProperties: { clientid: 'x' }, responseTopic: 'mes/answers' }, 'clientid x'],
    [{ userProperties: { client: 'y' } }, 'client y'],
  ])('is what the message says of it: %j', (properties, who) => {
    expect(sent(properties as IPublishPacket['properties'])).toBe(who);
  });

  it('is never longer than anybody reads', () => {
    expect(sent({ userProperties: { user: 'x'.repeat(1000) } })).toBe(`user ${'x'.repeat(128)}`);
    expect(sent({ responseTopic: 'x'.repeat(1000) })).toBe(`answers to ${'x'.repeat(128)}`);
  });
});

describe('a topic that a sender chose for the answer', () => {
  it.each(['mes/answers', 'a', 'x'.repeat(256), Array(20).fill('a').join('/'), 'a$b', 'Gießerei/7'])(
    'is one that brokers take: %.40s',
    (topic) => {
      expect(isAnswerTopic(topic)).toBe(true);
    },
  );
  it.each(['', 'x'.repeat(257), Array(21).fill('a').join('/'), '$SYS/x', 'a/+', 'a/#', 'a\u0000b', 'a\u0085', '\ufffd'])(
    'is not followed where brokers end the connection on it: %.40s',
    (topic) => {
      expect(isAnswerTopic(topic)).toBe(false);
    },
  );
});

describe('values that the broker does not take', () => {
  it('are told as news once for each reason, and when it takes them again', () => {
    const memory = new Memory();
    expect([memory.value('a', 'no'), memory.value('a', 'no'), memory.value('a', 'never')]).toEqual([true, false, true]);
    expect([memory.value('b', null), memory.value('a', null), memory.value('a', null)]).toEqual([false, true, false]);
    expect([memory.valuesRefusedCount, memory.valuesRefused.size]).toEqual([3, 0]);
  });

  it('are named up to a hundred, and counted beyond', () => {
    const memory = new Memory();
    const news = Array.from({ length: 101 }, (_, i) => memory.value(`t/${i}`, 'no'));
    expect([news.filter(Boolean).length, memory.valuesRefused.size, memory.valuesRefusedCount]).toEqual([100, 100, 101]);
  });
});
