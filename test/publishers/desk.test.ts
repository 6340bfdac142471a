import { describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { CommandDesk, FLOOD, type IncomingCommand, parseCommand, type Reply } from '#agent/publishers/commands.js';
import { systemClock } from '#agent/time.js';
import { ManualClock } from '../simulators/clock.ts';
import { type LogLine, memoryLog } from '../simulators/log.ts';

const bytes = (text: string) => Buffer.from(text);

describe('what is understood', () => {
  it.each([
    ['trigger', '{"station":"outlet"}', { station: 'outlet' }],
    ['trigger', '{"station":"outlet","part":"P1"}', { station: 'outlet', part: 'P1' }],
    ['enable', '{"station":"outlet","enabled":false}', { station: 'outlet', enabled: false }],
    ['recipe', '{"station":"outlet","recipe":"large"}', { station: 'outlet', recipe: 'large' }],
    ['reload', '', {}],
    ['rebirth', '{}', {}],
    ['ack', '{"station":"outlet"}', { station: 'outlet' }],
    ['recipe', '{"station":"outlet"}', { station: 'outlet' }],
  ])('%s %s', (verb, body, expected) => {
    expect(parseCommand(verb, bytes(body))).toEqual({ command: { verb, body: expected, from: null }, id: undefined });
  });

  it('keeps the id of the sender out of the body', () => {
    expect(parseCommand('reload', bytes('{"id":"42"}'))).toEqual({ command: { verb: 'reload', body: {}, from: null }, id: '42' });
  });
});

describe('what is not understood', () => {
  it.each([
    ['explode', '{}', 'there is no such command'],
    ['__proto__', '{}', 'there is no such command'],
    ['', '{}', 'there is no such command'],
    ['trigger', '', 'station'],
    ['trigger', '[]', ''],
    ['trigger', 'null', ''],
    ['trigger', '{"station":7}', '/station'],
    ['trigger', '{"station":""}', '/station'],
    ['trigger', '{"station":"outlet","parts":"P1"}', 'parts'],
    ['trigger', '{"station":"outlet","__proto__":{"part":"P1"}}', ''],
    ['enable', '{"station":"outlet","enabled":"no"}', '/enabled'],
    ['ack', '{}', ''],
    ['ack', '{"alarm":"CAMERA_SILENT/camera/top"}', 'station'],
    ['recipe', '{"station":"outlet","recipe":""}', '/recipe'],
    ['reload', '{', 'not JSON'],
    ['reload', '\xff\xfe', 'JSON'],
    ['reload', `{"id":"${'x'.repeat(70_000)}"}`, 'bytes'],
    ['trigger', `{"station":"${'x'.repeat(16_000)}"}`, '/station'],
    ['trigger', '['.repeat(16_000), 'not JSON'],
    ['trigger', '['.repeat(17_000), 'bytes'],
  ])('%s %.40s', (verb, body, why) => {
    let fault: unknown;
    try {
      parseCommand(verb, Buffer.from(body, body.includes('\xff') ? 'latin1' : 'utf8'));
    } catch (thrown) {
      fault = thrown;
    }
    expect(fault).toBeInstanceOf(LinesideError);
    expect(fault).toMatchObject({ code: 'COMMAND_INVALID' });
    expect(String((fault as LinesideError).details['why'])).toContain(why);
    expect((fault as LinesideError).message.length).toBeLessThan(400);
  });
});

describe('why it is not understood', () => {
  const whyOf = (verb: string, body: string | Uint8Array): unknown => {
    try {
      parseCommand(verb, typeof body === 'string' ? bytes(body) : body);
    } catch (thrown) {
      return (thrown as LinesideError).details;
    }
    return null;
  };

  it.each([
    [
      'explode',
      '{}',
      'there is no such command; there are chart, trigger, enable, recipe, reload, rebirth, orders, plan, route, note, material, tool, study, ack',
    ],
    ['reload', '{', 'not JSON in UTF-8'],
    ['trigger', '{"station":"outlet","parts":"P1"}', 'must not have additional properties (parts)'],
    ['trigger', '{"station":7}', '/station must be string'],
    ['enable', '{"station":"outlet"}', 'must have required properties enabled'],
    ['reload', '[]', 'must be object'],
    ['reload', '7', 'must be object'],
    ['reload', Buffer.alloc(16_385, 'x'), '16385 bytes, at most 16384 are read'],
  ])('is said in a sentence: %s %s', (verb, body, why) => {
    expect(whyOf(verb, body)).toEqual({ verb, why });
  });

  it('holds no more of what was sent than anybody reads', () => {
    const { verb, why } = whyOf('x'.repeat(1000), '{}') as { verb: string; why: string };
    expect([verb.length, why.length]).toEqual([64, 138]);
    const key = 'k'.repeat(1000);
    expect(whyOf('reload', `{"${key}":1}`)).toMatchObject({ why: `must not have additional properties (${key.slice(0, 64)})` });
  });

  it('is nothing at just as many bytes as are read, and tells who sent it', () => {
    const body = `{"station":"outlet"${' '.repeat(16_384 - 20)}}`;
    expect(parseCommand('trigger', bytes(body), 'user anna').command).toEqual({
      verb: 'trigger',
      body: { station: 'outlet' },
      from: 'user anna',
    });
  });
});

describe('the desk', () => {
  const command = (over: Partial<IncomingCommand> = {}): IncomingCommand => ({
    verb: 'trigger',
    body: bytes('{"station":"outlet"}'),
    retain: false,
    dup: false,
    packet: undefined,
    correlation: undefined,
    respondTo: undefined,
    from: null,
    ...over,
  });
  const deskWith = (handle: (verb: string) => Promise<Record<string, unknown>>, clock = systemClock) => {
    const replies: Reply[] = [];
    const told: LogLine[] = [];
    let floods = 0;
    const arrived = new Set<() => void>();
    const desk = new CommandDesk({
      clock,
      log: memoryLog(told),
      handle: ({ verb }) => handle(verb),
      onFlood: () => {
        floods++;
      },
      reply: (_, reply) => {
        replies.push(reply);
        for (const look of arrived) look();
      },
    });
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => replies.length >= count && resolve();
        arrived.add(look);
        look();
      });
    return { desk, replies, told, until, floods: () => floods };
  };

  it.each([
    ['the same correlation data', { correlation: bytes('a') }, { correlation: bytes('a') }],
    ['the same id', { body: bytes('{"station":"outlet","id":"1"}') }, { body: bytes('{"station":"outlet","id":"1"}') }],
    ["the broker's redelivery", { packet: 7 }, { packet: 7, dup: true }],
  ])('executes once and answers twice: %s', async (_, first, second) => {
    let executed = 0;
    const { desk, replies, until } = deskWith(async () => ({ executed: ++executed }));
    desk.take(command(first));
    desk.take(command(second));
    await until(2);
    expect(replies[0]).toEqual(replies[1]);
    expect(replies[0]).toMatchObject({ ok: true, result: { executed: 1 } });
    desk.take(command(second));
    await until(3);
    expect(executed).toBe(1);
  });

  it.each([
    ['different correlation data', { correlation: bytes('a') }, { correlation: bytes('b') }],
    ['the same packet number without the broker saying so', { packet: 7 }, { packet: 7 }],
    ['nothing to tell them by', {}, {}],
  ])('executes both: %s', async (_, first, second) => {
    let executed = 0;
    const { desk, until } = deskWith(async () => ({ executed: ++executed }));
    desk.take(command(first));
    desk.take(command(second));
    await until(2);
    expect(executed).toBe(2);
  });

  it('answers with the code and the sentence of a fault, and with INTERNAL for what nobody foresaw', async () => {
    const faults = [new LinesideError('RECIPE_UNKNOWN', { station: 'outlet', recipe: 'x' }), new TypeError('undefined is no function')];
    const { desk, replies, until } = deskWith(async () => {
      throw faults.shift();
    });
    desk.take(command({ body: bytes('{"station":"outlet","id":"a"}') }));
    await until(1);
    desk.take(command());
    await until(2);
    expect(replies[0]).toMatchObject({ ok: false, id: 'a', code: 'RECIPE_UNKNOWN', text: 'Station outlet has no recipe x.' });
    expect(replies[1]).toMatchObject({ ok: false, code: 'INTERNAL' });
  });

  it('answers TIMEOUT when nothing comes of it', async () => {
    let fire = () => {};
    const clock = {
      ...systemClock,
      after: (_: number, fn: () => void) => {
        fire = fn;
        return () => {};
      },
    };
    const { desk, replies, until } = deskWith(() => new Promise(() => {}), clock);
    desk.take(command());
    fire();
    await until(1);
    expect(replies[0]).toMatchObject({ ok: false, code: 'TIMEOUT' });
  });

  it('drops what is retained, what comes too fast, and what is too much at once; counts all, logs it once', async () => {
    const { desk, told } = deskWith(() => new Promise(() => {}));
    desk.take(command({ retain: true }));
    expect(desk.dropped).toBe(1);
    for (let i = 0; i < 10_000; i++) desk.take(command());
    expect(desk.dropped).toBeGreaterThanOrEqual(10_001 - 64);
    expect(told.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('takes a line that is triggered by commands, and lets go of what it remembers', async () => {
    let now = 0;
    const { desk, replies, until } = deskWith(async () => ({}), { ...systemClock, elapsed: () => now });
    for (let part = 1; part <= 2000; part++) {
      now += 50;
      desk.take(command({ correlation: bytes(`part ${part}`) }));
      await until(part);
    }
    expect(desk.dropped).toBe(0);
    expect(replies.every(({ ok }) => ok)).toBe(true);
  });

  it('answers with what the command gave back, its id, and no more than there is', async () => {
    const results: Record<string, unknown>[] = [{}, { inspection: 'abc' }];
    const { desk, replies, until } = deskWith(async () => results.shift() ?? {});
    desk.take(command());
    desk.take(command({ body: bytes('{"station":"outlet","id":"7"}') }));
    await until(2);
    expect(replies).toEqual([
      { verb: 'trigger', ok: true },
      { verb: 'trigger', ok: true, id: '7', result: { inspection: 'abc' } },
    ]);
  });

  it('answers what it does not understand, by a verb that is no longer than it need be', async () => {
    const { desk, replies, until } = deskWith(async () => ({}));
    desk.take(command({ verb: 'v'.repeat(1000) }));
    await until(1);
    expect(replies).toEqual([
      { verb: 'v'.repeat(64), ok: false, code: 'COMMAND_INVALID', text: expect.stringContaining('no such command') },
    ]);
  });

  it.each([
    ['the same id of another command', { body: bytes('{"id":"1"}'), verb: 'reload' }, { body: bytes('{"id":"1"}'), verb: 'rebirth' }],
    [
      'the same correlation data of another sender',
      { correlation: bytes('a'), respondTo: 'mes/1' },
      { correlation: bytes('a'), respondTo: 'mes/2' },
    ],
    ['a number of a packet that came with something else', { packet: 7 }, { packet: 7, dup: true, body: bytes('{"station":"inlet"}') }],
    ['another number', { packet: 7 }, { packet: 8, dup: true }],
  ])('executes both: %s', async (_, first, second) => {
    let executed = 0;
    const { desk, until } = deskWith(async () => ({ executed: ++executed }));
    desk.take(command(first));
    desk.take(command(second));
    await until(2);
    expect(executed).toBe(2);
  });

  it('remembers the last 256 answers, the one that was asked for again among them', async () => {
    const clock = new ManualClock();
    let executed = 0;
    const { desk, replies, until } = deskWith(async () => ({ executed: ++executed }), clock);
    const send = async (name: number) => {
      await clock.advance(10);
      desk.take(command({ correlation: bytes(`${name}`) }));
      await until(replies.length + 1);
    };
    for (let name = 1; name <= 256; name++) await send(name);
    await send(1);
    expect(executed).toBe(256);
    await send(257);
    await send(2);
    expect(executed).toBe(257);
    await send(1);
    expect(executed).toBe(258);
  });

  it('is patient with a command for half a minute', async () => {
    const clock = new ManualClock();
    const { desk, replies, until } = deskWith(() => new Promise(() => {}), clock);
    desk.take(command({ body: bytes('{"station":"outlet","id":"7"}') }));
    await clock.advance(29_999);
    expect(replies).toEqual([]);
    await clock.advance(1);
    await until(1);
    expect(replies).toMatchObject([{ verb: 'trigger', ok: false, id: '7', code: 'TIMEOUT' }]);
    expect(replies[0]?.text).toContain('The command trigger');
    expect(clock.pending).toBe(0);
  });

  it('has no wait left over once a command is done', async () => {
    const clock = new ManualClock();
    const { desk, until } = deskWith(async () => ({}), clock);
    desk.take(command());
    await until(1);
    expect(clock.pending).toBe(0);
  });

  it('takes two hundred small ones a second, the fewer the longer they are, and 64 at work', async () => {
    const clock = new ManualClock();
    let handled = 0;
    const { desk } = deskWith(async () => ({ handled: ++handled }), clock);
    const takenOf = async (count: number, more: Partial<IncomingCommand> = {}) => {
      const before = handled;
      for (let i = 0; i < count; i++) {
        desk.take(command({ verb: 'reload', body: bytes(''), ...more }));
        if (i % 50 === 49) await clock.advance(0);
      }
      await clock.advance(0);
      return handled - before;
    };
    expect(await takenOf(210)).toBe(200);
    await clock.advance(100);
    expect(await takenOf(30)).toBe(20);
    // However long nobody came: one second's worth.
    await clock.advance(60_000);
    expect(await takenOf(60, { body: bytes(`{}${' '.repeat(4 * 1024 - 2)}`) })).toBe(40);
    await clock.advance(60_000);
    const { desk: busy } = deskWith(() => new Promise(() => {}), clock);
    for (let i = 0; i < 70; i++) busy.take(command());
    expect(busy.dropped).toBe(6);
  });

  it('takes others in the place of those that are done', async () => {
    const clock = new ManualClock();
    const waiting: (() => void)[] = [];
    const { desk, until, replies } = deskWith(() => new Promise((resolve) => waiting.push(() => resolve({}))), clock);
    for (let i = 0; i < 65; i++) desk.take(command());
    await clock.advance(0);
    expect([desk.dropped, waiting.length]).toEqual([1, 64]);
    waiting[0]?.();
    await until(1);
    expect(replies).toHaveLength(1);
    for (let i = 0; i < 2; i++) desk.take(command());
    await clock.advance(0);
    expect([desk.dropped, waiting.length]).toEqual([2, 65]);
  });

  it('logs what it drops at most every ten seconds, with how many there were', async () => {
    const clock = new ManualClock();
    const { desk, told } = deskWith(async () => ({}), clock);
    const drop = (count: number) => {
      for (let i = 0; i < count; i++) desk.take(command({ retain: true, verb: 'v'.repeat(100) }));
    };
    drop(3);
    await clock.advance(9_999);
    drop(1);
    expect(told).toEqual([
      {
        level: 'warn',
        text: 'a command was dropped: it was retained',
        details: { code: 'COMMAND_REFUSED', verb: 'v'.repeat(64), dropped: 1 },
      },
    ]);
    await clock.advance(1);
    drop(1);
    expect(told.map(({ details }) => (details as { dropped: number }).dropped)).toEqual([1, 5]);
    for (let i = 0; i < 300; i++) desk.take(command());
    await clock.advance(10_000);
    for (let i = 0; i < 300; i++) desk.take(command());
    expect(told.at(-1)?.text).toBe('a command was dropped: too many at once');
  });
});

describe('the gate before commands', () => {
  it('tells a flood once a second, takes nothing of it, and the next second begins anew', async () => {
    const clock = new ManualClock();
    const handled: string[] = [];
    const told: LogLine[] = [];
    let floods = 0;
    const desk = new CommandDesk({
      clock,
      log: memoryLog(told),
      handle: async ({ verb }) => {
        handled.push(verb);
        return {};
      },
      reply: () => {},
      onFlood: () => {
        floods++;
      },
    });
    const command: IncomingCommand = {
      verb: 'rebirth',
      body: Buffer.from('{}'),
      retain: false,
      dup: false,
      packet: undefined,
      correlation: undefined,
      respondTo: undefined,
      from: null,
    };
    const send = async (count: number) => {
      for (let n = 0; n < count; n++) desk.take(command);
      await clock.advance(0);
    };
    await send(FLOOD - 1);
    const taken = handled.length;
    expect({ floods, isTaken: taken > 0 }).toEqual({ floods: 0, isTaken: true });
    await send(5000);
    expect({ floods, taken: handled.length }).toEqual({ floods: 1, taken });
    expect(desk.dropped).toBe(FLOOD - 1 + 5000 - taken);
    expect(told).toHaveLength(1);
    await clock.advance(1000);
    await send(1);
    expect(handled.length).toBe(taken + 1);
    await send(FLOOD);
    expect(floods).toBe(2);
  });
});
