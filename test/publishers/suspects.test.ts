import { beforeEach, describe, expect, it } from 'vitest';
import { type Ending, type Refused, type Sending, type SendingKind, Suspects } from '#agent/publishers/suspects.js';

const event = (row: number, topic = 'quality'): Sending => ({ what: 'event', topic, row });
const of = (what: SendingKind, topic = 't'): Sending => ({ what, topic });
const refused = (over: Partial<Refused> = {}): Refused => ({ why: 'Not authorized (0x87)', topic: true, unsent: false, ...over });

let suspects: Suspects;
beforeEach(() => {
  suspects = new Suspects();
});
/** A connection that ended by the broker's closing it, after it had taken something else. */
const ended = (underWay: readonly Sending[], over: Partial<Ending> = {}) => {
  suspects.began();
  return suspects.ended({ underWay, overtaken: [], proven: true, silent: false, why: 'it closed', ...over });
};
const taken = (...sendings: readonly Sending[]) => {
  for (const sending of sendings) suspects.answered(sending, null);
};

describe('a connection that ends', () => {
  it('with nothing under way accuses nobody', () => {
    expect(ended([])).toBeNull();
    expect([suspects.careful, suspects.deniedWhy(event(1))]).toEqual([false, null]);
  });

  it('with several under way has them sent one at a time, until each has its answer', () => {
    expect(ended([event(1), event(2), of('value')])).toBeNull();
    expect(suspects.careful).toBe(true);
    taken(event(1), event(7));
    suspects.answered(event(2), refused({ topic: false }));
    expect(suspects.careful).toBe(true);
    taken(of('value'));
    expect(suspects.careful).toBe(false);
  });

  it('again with several makes suspects of those alone', () => {
    ended([event(1), event(2)]);
    ended([event(3), event(4)]);
    taken(event(3), event(4));
    expect(suspects.careful).toBe(false);
  });

  it('twice with the same event alone finds it guilty, and gives up its topic where nothing on it was ever taken', () => {
    expect(ended([event(1)])).toBeNull();
    expect(suspects.careful).toBe(true);
    expect(ended([event(1)])).toEqual(event(1));
    expect(suspects.careful).toBe(false);
    expect(suspects.deniedWhy(event(2))).toBe('it closed');
    expect([suspects.deniedWhy(event(2, 'decision')), suspects.deniedWhy(of('value', 'quality'))]).toEqual([null, null]);
  });

  it('does not give up a topic on which events were taken: only that one was bad', () => {
    taken(event(1));
    ended([event(2)]);
    expect(ended([event(2)])).toEqual(event(2));
    expect(suspects.deniedWhy(event(3))).toBeNull();
    // What is retained is not kept elsewhere: there the topic is the message.
    taken(of('value'));
    ended([of('value')]);
    expect(ended([of('value')])).toEqual(of('value'));
    expect(suspects.deniedWhy(of('value'))).toBe('it closed');
  });

  it('with one, then with another, accuses neither', () => {
    for (let round = 0; round < 4; round++) expect([ended([event(1)]), ended([event(2)])]).toEqual([null, null]);
  });

  it.each([null, refused({ topic: false })])('with one that had its answer meanwhile begins anew (%j)', (answer) => {
    ended([event(1)]);
    suspects.answered(event(1), answer);
    expect(suspects.careful).toBe(false);
    suspects.answered(event(2), null);
    expect(ended([event(1)])).toBeNull();
    expect(ended([event(1)])).toEqual(event(1));
  });

  it('with one goes on counting while others have their answers', () => {
    ended([event(1)]);
    taken(event(2));
    expect(ended([event(1)])).toEqual(event(1));
  });

  it.each<[SendingKind, boolean, boolean, number]>([
    ['event', true, false, 2],
    ['event', false, false, 4],
    ['event', true, true, 4],
    ['event', false, true, 6],
    ['value', false, false, 4],
    ['status', true, false, 2],
    // The first that is sent: that the connection stood is all the proof there is.
    ['status', false, true, 2],
    ['subscription', false, true, 2],
  ])('with a %s alone (others taken: %s, silent: %s) needs %d times', (what, proven, silent, times) => {
    const found = Array.from({ length: times }, () => ended([of(what)], { proven, silent }));
    expect(found).toEqual([...Array(times - 1).fill(null), of(what)]);
    expect(suspects.deniedWhy(of(what))).toBe('it closed');
  });

  it('after the broker has said no on it accuses nobody, and the next one begins anew', () => {
    for (let round = 0; round < 3; round++) {
      suspects.began();
      suspects.answered(event(1), refused({ topic: false }));
      expect(suspects.ended({ underWay: [event(2)], overtaken: [], proven: true, silent: false, why: 'it closed' })).toBeNull();
      expect(suspects.careful).toBe(true);
    }
    expect([ended([event(2)]), ended([event(2)])]).toEqual([null, event(2)]);
  });

  it('is forgotten where whoever was suspected was sent alone for long enough', () => {
    ended([event(1), event(2)]);
    suspects.release();
    expect(suspects.careful).toBe(false);
  });
});

describe('a connection on which messages were passed over', () => {
  const passed = (overtaken: readonly Sending[], others: readonly Sending[] = []) =>
    ended([...overtaken, ...others], { overtaken, silent: true, why: 'it acknowledges what was sent later' });

  const WHY = 'it acknowledges what was sent later';
  const decision = (row: number) => event(row, 'decision');

  it('gives up a topic that never took anything at the second, however many of its messages it were, and suspects nobody else', () => {
    expect(passed([decision(1), decision(3)], [event(4)])).toBeNull();
    expect([suspects.careful, suspects.deniedWhy(decision(5))]).toEqual([false, null]);
    expect(passed([decision(1), decision(3)], [event(4)])).toEqual(decision(1));
    expect([suspects.careful, suspects.deniedWhy(decision(5)), suspects.deniedWhy(event(4))]).toEqual([false, WHY, null]);
  });

  it('counts on from where it was when a connection ended otherwise, and anew where the topic had an answer', () => {
    passed([decision(1)]);
    taken(decision(2));
    expect([passed([decision(1)]), suspects.deniedWhy(decision(3))]).toEqual([null, null]);
    suspects.forgive();
    passed([event(1, 'shadow')]);
    ended([event(7), event(8)]);
    expect(passed([event(1, 'shadow')])).toEqual(event(1, 'shadow'));
  });

  it.each([
    [event(2), event(1)],
    [of('value'), of('value')],
    [of('status'), of('status')],
  ])(
    'never gives up one on a topic that took something (%j): it waits, at fewer and fewer connections, and that is told',
    (late, before) => {
      taken(before);
      const patience = Array.from({ length: 7 }, () => {
        expect([passed([late, late]), suspects.deniedWhy(late)]).toEqual([null, null]);
        return suspects.patience;
      });
      expect(patience).toEqual([2, 4, 8, 16, 32, 32, 32]);
      expect([suspects.waits, suspects.waiting]).toEqual([true, [late.topic]]);
      taken(late);
      expect([suspects.waits, suspects.waiting, suspects.patience]).toEqual([false, [], 1]);
    },
  );

  it('forgets what waits where a connection lasts without it', () => {
    taken(event(1));
    passed([event(2)]);
    suspects.caughtUp();
    expect([suspects.waits, suspects.patience]).toEqual([false, 1]);
  });

  it('gives up each retained value that never was taken at the second, all at once, and none of it waits', () => {
    const values = [of('value', 'a'), of('value', 'b')];
    expect([passed(values), suspects.waiting]).toEqual([null, ['a', 'b']]);
    expect(passed(values)).toEqual(values[0]);
    expect(values.map((value) => suspects.deniedWhy(value))).toEqual([WHY, WHY]);
    expect(suspects.waits).toBe(false);
  });

  it('gives up for a while: the topic is tried again, each time after twice as long, and is as good as any once it takes something', () => {
    const rounds = () => {
      for (let n = 1; n < 20; n++) {
        suspects.reconsider();
        if (suspects.deniedWhy(decision(9)) === null) return n;
      }
      return null;
    };
    const waits = Array.from({ length: 6 }, () => {
      expect([passed([decision(1)]), passed([decision(1)])]).toEqual([null, decision(1)]);
      return rounds();
    });
    expect(waits).toEqual([1, 2, 4, 8, 8, 8]);
    taken(decision(2));
    expect([passed([decision(3)]), passed([decision(3)]), suspects.deniedWhy(decision(4))]).toEqual([null, null, null]);
  });

  it('is tried again for nothing that was found out otherwise', () => {
    ended([decision(1)]);
    ended([decision(1)]);
    suspects.reconsider();
    expect(suspects.deniedWhy(decision(2))).toBe('it closed');
  });

  it('is worth a question where a topic that never took anything may be given up for it', () => {
    taken(event(1));
    expect([suspects.wonders([]), suspects.wonders([event(2)]), suspects.wonders([of('answer')])]).toEqual([false, false, false]);
    expect(suspects.wonders([event(2), decision(3)])).toBe(true);
    passed([decision(3)]);
    expect(suspects.wonders([])).toBe(true);
    taken(decision(3));
    expect(suspects.wonders([])).toBe(false);
  });

  it('accuses nobody of answers to commands, which are not sent again', () => {
    expect([passed([of('answer')], [event(1)]), suspects.careful]).toEqual([null, true]);
  });
});

describe('retained values that a broker closes on', () => {
  const state = (station: string): Sending => ({ what: 'value', topic: `${station}/state`, kind: 'state' });
  const guilty = (value: Sending) => [ended([value]), ended([value])];

  it('are given up as a kind when two of it are guilty and none was ever taken', () => {
    guilty(state('outlet'));
    expect(suspects.deniedWhy(state('trim'))).toBeNull();
    guilty(state('inlet'));
    expect([suspects.deniedWhy(state('trim')), suspects.deniedWhy({ ...state('trim'), kind: 'alarm' })]).toEqual(['it closed', null]);
    suspects.forgive();
    expect(suspects.deniedWhy(state('trim'))).toBeNull();
  });

  it('are not given up as a kind of which one was taken', () => {
    taken(state('press'));
    guilty(state('outlet'));
    guilty(state('inlet'));
    expect([suspects.deniedWhy(state('inlet')), suspects.deniedWhy(state('trim'))]).toEqual(['it closed', null]);
  });

  it('are sent last from the first that may be, those that were taken before the others, until a connection lasts', () => {
    taken(state('press'));
    ended([event(1), event(2)]);
    ended([state('outlet')], { silent: true });
    expect(suspects.valuesLast).toBe(false);
    ended([event(1), state('outlet')]);
    expect([suspects.valuesLast, suspects.tookValue('press/state'), suspects.tookValue('outlet/state')]).toEqual([true, true, false]);
    suspects.steady();
    expect(suspects.valuesLast).toBe(false);
  });
});

describe('what the broker says no to', () => {
  it('is not asked again on a topic, until it is considered anew', () => {
    suspects.answered(event(1, 'decision'), refused());
    expect([suspects.deniedWhy(event(2, 'decision')), suspects.deniedWhy(event(2))]).toEqual(['Not authorized (0x87)', null]);
    suspects.reconsider();
    expect(suspects.deniedWhy(event(2, 'decision'))).toBeNull();
  });

  it('is one event where it is not about the topic, and a topic where it is no event', () => {
    suspects.answered(event(1), refused({ topic: false }));
    expect(suspects.deniedWhy(event(2))).toBeNull();
    suspects.answered(of('value'), refused({ topic: false, why: 'Quota exceeded (0x97)' }));
    expect([suspects.deniedWhy(of('value')), suspects.deniedWhy(of('value', 'other'))]).toEqual(['Quota exceeded (0x97)', null]);
  });

  it('is nothing of what was never sent', () => {
    suspects.began();
    suspects.answered(event(1), refused({ unsent: true }));
    suspects.answered(of('value'), refused({ unsent: true }));
    expect([suspects.deniedWhy(event(1)), suspects.deniedWhy(of('value'))]).toEqual([null, null]);
    const end: Ending = { underWay: [event(2)], overtaken: [], proven: true, silent: false, why: 'it closed' };
    suspects.ended(end);
    expect(suspects.ended(end)).toEqual(event(2));
  });

  it('is every answer on our own topics at once, and those on topics of senders after ten in a row', () => {
    suspects.answered(of('reply', 'a'), refused());
    expect([suspects.deniedWhy(of('reply', 'b')), suspects.deniedWhy(of('answer', 'a'))]).toEqual(['Not authorized (0x87)', null]);
    const refuse = (times: number) => {
      for (let i = 0; i < times; i++) suspects.answered(of('answer', `mes/${i}`), refused());
    };
    refuse(9);
    taken(of('answer', 'good'));
    refuse(9);
    expect(suspects.deniedWhy(of('answer', 'x'))).toBeNull();
    refuse(1);
    expect(suspects.deniedWhy(of('answer', 'x'))).toBe('Not authorized (0x87)');
    suspects.reconsider();
    refuse(9);
    expect([suspects.deniedWhy(of('answer', 'x')), suspects.deniedWhy(of('reply'))]).toEqual([null, null]);
  });
});

describe('answers to commands, which are not sent again', () => {
  it('are not what others wait for', () => {
    ended([of('answer'), of('reply'), event(1)]);
    taken(event(1));
    expect(suspects.careful).toBe(false);
  });

  it('are given up after three connections in a row that end with one under way, each kind by itself', () => {
    expect([ended([of('answer', 'a')]), ended([of('answer', 'b'), of('answer', 'c'), event(1)])]).toEqual([null, null]);
    expect([suspects.deniedWhy(of('answer')), suspects.careful]).toEqual([null, true]);
    expect(ended([of('answer', 'd')])).toBeNull();
    expect([suspects.deniedWhy(of('answer')), suspects.deniedWhy(of('reply'))]).toEqual(['it closed', null]);
  });

  it('are not given up where one of them is taken in between', () => {
    for (let round = 0; round < 4; round++) {
      ended([of('reply')]);
      ended([of('reply')]);
      taken(event(1), of('answer'), of('reply'));
    }
    expect(suspects.deniedWhy(of('reply'))).toBeNull();
  });
});

it('tries everything again once somebody says that the cause is mended', () => {
  ended([event(1)]);
  ended([event(1)]);
  suspects.answered(of('value'), refused());
  ended([of('reply')]);
  ended([of('reply')]);
  ended([event(9, 'decision')]);
  suspects.forgive();
  expect([suspects.deniedWhy(event(1)), suspects.deniedWhy(of('value'))]).toEqual([null, null]);
  ended([of('reply')]);
  expect(suspects.deniedWhy(of('reply'))).toBeNull();
  expect(ended([event(9, 'decision')])).toBeNull();
});
