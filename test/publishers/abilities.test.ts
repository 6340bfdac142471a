import { describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { AbilityFinder } from '#agent/publishers/abilities.js';
import { type Abilities, ALL_ABILITIES } from '#agent/publishers/wire.js';

const about = { url: 'mqtt://b', version: '5', client: 'lineside-x' };
const closed = () => new LinesideError('MQTT_CLOSED', { ...about, why: 'without a word' });
const away = () => new LinesideError('MQTT_UNREACHABLE', { ...about, why: 'nothing listens there' });
const says = (code: number) =>
  new LinesideError('MQTT_REFUSED', { ...about, why: 'no' }, { cause: Object.assign(new Error('no'), { code }) });
const NO_RETAIN = { retain: false, qos1: true };
const NO_QOS = { retain: true, qos1: false };
const NEITHER = { retain: false, qos1: false };

/** A broker that answers each connection with what `faultOf` makes of what is asked for; undefined: it is taken. */
function brokerThat(faultOf: (asked: Abilities, connection: number) => unknown) {
  const asked: Abilities[] = [];
  const left: boolean[] = [];
  const finder = new AbilityFinder();
  let stopped = false;
  const connect = async (abilities: Abilities) => {
    asked.push(abilities);
    const fault = faultOf(abilities, asked.length);
    if (fault !== undefined) throw fault;
    return { abilities, close: async (politely: boolean) => void left.push(politely) };
  };
  const stop = () => {
    stopped = true;
  };
  /** What it was taken with, or the fault. */
  const once = async () => {
    asked.length = 0;
    return finder
      .connected(connect, () => stopped)
      .then(
        (wire) => wire.abilities,
        (thrown: unknown) => thrown,
      );
  };
  return { finder, asked, left, once, stop };
}
/** Closes without a word on whoever asks for what it lacks. */
const lacks =
  (can: Abilities, fault = closed) =>
  (asked: Abilities) =>
    (asked.retain && !can.retain) || (asked.qos1 && !can.qos1) ? fault() : undefined;

describe('a broker that can everything', () => {
  it('is asked for everything, once', async () => {
    const { finder, asked, once } = brokerThat(() => undefined);
    expect(await once()).toEqual(ALL_ABILITIES);
    expect([asked, finder.known]).toEqual([[ALL_ABILITIES], ALL_ABILITIES]);
  });
});

describe('a broker that names what it lacks', () => {
  it.each([
    [NO_RETAIN, [ALL_ABILITIES, NO_RETAIN]],
    [NO_QOS, [ALL_ABILITIES, NO_QOS]],
    [NEITHER, [ALL_ABILITIES, NO_RETAIN, NEITHER]],
  ])('%j is asked again without it at once, and for everything the next time', async (can, ways) => {
    const { finder, asked, once } = brokerThat((wish) => {
      if (wish.retain && !can.retain) return says(0x9a);
      return wish.qos1 && !can.qos1 ? says(0x9b) : undefined;
    });
    for (let life = 0; life < 2; life++) {
      expect(await once()).toEqual(can);
      expect([asked, finder.known]).toEqual([ways, can]);
    }
  });

  it.each([0x9a, 0x9b])('and goes on naming it (%d) is not asked for ever', async (code) => {
    const { asked, once } = brokerThat(() => says(code));
    expect(await once()).toMatchObject({ code: 'MQTT_REFUSED' });
    expect(asked).toHaveLength(2);
  });

  it('is not asked for less for any other reason', async () => {
    const { asked, once } = brokerThat(() => says(0x87));
    expect(await once()).toMatchObject({ code: 'MQTT_REFUSED' });
    expect(asked).toEqual([ALL_ABILITIES]);
  });
});

describe('a broker that closes without a word', () => {
  it.each([
    [NO_RETAIN, [NO_RETAIN]],
    [NO_QOS, [NO_RETAIN, NO_QOS]],
    [NEITHER, [NO_RETAIN, NO_QOS, NEITHER]],
  ])('for want of %j is found out at the second time: less succeeds, and everything fails before and after', async (can, tries) => {
    const { finder, asked, left, once } = brokerThat(lacks(can));
    expect(await once()).toMatchObject({ code: 'MQTT_CLOSED' });
    expect(asked).toEqual([ALL_ABILITIES]);
    expect(await once()).toEqual(can);
    expect(asked).toEqual([ALL_ABILITIES, ...tries, ALL_ABILITIES, can]);
    // The trial says goodbye, so that no last will goes out.
    expect([left, finder.known]).toEqual([[true], can]);
    // From then on it is asked for everything, and for what it had as soon as it closes.
    expect(await once()).toEqual(can);
    expect(asked).toEqual([ALL_ABILITIES, can]);
  });

  it('and takes everything once it was asked for less, was only starting', async () => {
    const { finder, asked, once } = brokerThat((_, connection) => (connection === 1 ? closed() : undefined));
    await once();
    expect(await once()).toEqual(ALL_ABILITIES);
    expect([asked, finder.known]).toEqual([[ALL_ABILITIES, NO_RETAIN, ALL_ABILITIES], ALL_ABILITIES]);
  });

  it('whatever is asked for is told as it is, and the search begins anew at the next time', async () => {
    const { finder, asked, once } = brokerThat(closed);
    for (const tries of [1, 4, 4]) {
      expect(await once()).toMatchObject({ code: 'MQTT_CLOSED' });
      expect(asked).toHaveLength(tries);
    }
    expect(finder.known).toEqual(ALL_ABILITIES);
  });

  it.each([away, () => new Error('unforeseen')])('twice, with another fault in between, is asked for everything only', async (between) => {
    const faults = [closed, between, closed];
    const { asked, once } = brokerThat(() => faults[0]?.());
    for (let life = 0; life < 3; life++) {
      const fault = faults[0]?.();
      expect(await once()).toEqual(fault);
      expect(asked).toEqual([ALL_ABILITIES]);
      faults.shift();
    }
  });

  it('and took a connection in between, as well', async () => {
    const faults = [closed(), undefined, closed()];
    const { asked, once } = brokerThat(() => faults.shift());
    for (let life = 0; life < 3; life++) {
      await once();
      expect(asked).toEqual([ALL_ABILITIES]);
    }
  });

  it('is not asked for less once the agent stops', async () => {
    const { asked, once, stop } = brokerThat(closed);
    await once();
    stop();
    expect(await once()).toMatchObject({ code: 'MQTT_CLOSED' });
    expect(asked).toEqual([ALL_ABILITIES]);
  });

  it('is asked no further where the agent stops meanwhile', async () => {
    const { asked, once, stop } = brokerThat((wish) => {
      if (!wish.retain) stop();
      return closed();
    });
    await once();
    expect(await once()).toMatchObject({ code: 'MQTT_CLOSED' });
    expect(asked).toEqual([ALL_ABILITIES, NO_RETAIN]);
  });
});
