/** What every camera owes the agent, run on every kind against a real other end, with the faults that it can have. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Address, BYTES_PER_PIXEL, type CameraKind, type PixelFormat } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { childrenOf } from '#scripts/support/processes.js';
import { CameraLife, optionsOf, type Seen } from '../simulators/camera-life.ts';

/** The other end of a camera. */
export interface CameraRig {
  readonly url: string;
  readonly options?: Record<string, unknown>;
  /** Folder that relative paths mean. */
  readonly base?: string;
  readonly shows: { readonly width: number; readonly height: number; readonly format: PixelFormat };
  /** Looks at the content; throws when it is not what was sent. */
  readonly check?: (image: Seen) => void;
  /** An address where nobody is. */
  readonly nowhere?: string;
  /** The other end goes away for good. */
  readonly vanish?: () => Promise<void>;
  /** The next picture that comes is torn. */
  readonly tear?: () => void | Promise<void>;
  /** The other end stays connected and sends nothing more. */
  readonly freeze?: () => void;
  close(): Promise<void>;
}
/** Faults that this kind's other end cannot have: they are not tested, rather than skipped. */
export type Without = 'nowhere' | 'vanish' | 'tear' | 'freeze';

export function describeCamera(name: string, kind: CameraKind, build: () => Promise<CameraRig>, without: readonly Without[] = []): void {
  const faulty = (fault: Without) => (without.includes(fault) ? () => {} : it);

  describe(`camera ${name}`, () => {
    let rig: CameraRig;
    let before: { children: readonly number[]; resources: readonly string[] };
    const lives: CameraLife[] = [];
    const start = (url = rig.url) => {
      const camera = kind.create(Address.of(url), optionsOf(kind, rig.options), { base: rig.base ?? '/' });
      const life = new CameraLife(camera);
      lives.push(life);
      return life;
    };
    /** Everything the life had is back: slots, processes, sockets, pipes. */
    const expectNothingLeft = async (life: CameraLife) => {
      expect(life.pool.stats.inUse).toBe(0);
      expect(childrenOf()).toEqual(before.children);
      await vi.waitFor(() => expect(added(before.resources, handles())).toEqual([]), 5000);
      expect(life.late).toBe(0);
    };

    beforeEach(async () => {
      rig = await build();
      before = { children: childrenOf(), resources: handles() };
    });
    afterEach(async () => {
      for (const life of lives.splice(0)) await life.stop();
      await rig.close();
    });

    it('sends pictures of the size, format and content that the other end shows', async () => {
      const life = start();
      const images = await life.more(5);
      for (const image of images) {
        expect(image).toMatchObject(rig.shows);
        expect(image.slotBytes).toBe(image.width * image.height * BYTES_PER_PIXEL[image.format]);
        rig.check?.(image);
      }
    });

    it('gives every picture the time at which it was taken, rising', async () => {
      const from = Date.now();
      const times = (await start().more(5)).map((image) => image.captured);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(from - 5);
      expect(times.at(-1)).toBeLessThanOrEqual(Date.now() + 5);
    });

    it('returns when it is told to stop, and leaves nothing behind', async () => {
      const life = start();
      await life.more(2);
      expect(await within(life.stop())).toBe('returned');
      await expectNothingLeft(life);
    });

    it('returns when it is told to stop before it has sent anything', async () => {
      const life = start();
      expect(await within(life.stop())).toBe('returned');
      await expectNothingLeft(life);
    });

    it('can live again after it has ended', async () => {
      const first = start();
      await first.more(1);
      await first.stop();
      const second = start();
      await second.more(2);
      expect(await within(second.stop())).toBe('returned');
    });

    it('counts pictures that find no room, and goes on when there is room again', async () => {
      const life = start();
      await life.more(1);
      life.hasSlots = false;
      await life.dropped(2, 'pool');
      life.hasSlots = true;
      await life.more(2);
    });

    faulty('nowhere')('says CAMERA_UNREACHABLE when nobody is there', async () => {
      const life = start(rig.nowhere);
      expect(await life.ended).toBe('threw');
      expect(codeOf(life)).toBe('CAMERA_UNREACHABLE');
      await expectNothingLeft(life);
    });

    faulty('vanish')('says CAMERA_ENDED when the other end goes away', async () => {
      const life = start();
      await life.more(2);
      await rig.vanish?.();
      expect(await life.ended).toBe('threw');
      expect(codeOf(life)).toBe('CAMERA_ENDED');
      expect(life.pool.stats.inUse).toBe(0);
      expect(childrenOf().filter((pid) => !before.children.includes(pid))).toEqual([]);
    });

    faulty('tear')('drops a torn picture, counts it and goes on', async () => {
      const life = start();
      await life.more(1);
      // A busy box replaces the torn picture by the next before anybody has looked at it: tear until one is looked at.
      let looked = false;
      const seen = life.dropped(1, 'decode').then(() => {
        looked = true;
      });
      while (!looked) {
        await rig.tear?.();
        await Promise.race([seen, life.more(1)]);
      }
      const [after] = await life.more(2);
      expect(after).toMatchObject(rig.shows);
    });

    // Nobody inside notices: the stall watchdog of the runner does, and then this has to hold.
    faulty('freeze')('can be stopped at once while the other end is silent', async () => {
      const life = start();
      await life.more(2);
      rig.freeze?.();
      expect(await within(life.stop())).toBe('returned');
      await expectNothingLeft(life);
    });
  });
}

const codeOf = (life: CameraLife) => (life.fault instanceof LinesideError ? life.fault.code : life.fault);

/** What keeps this process busy with the outside world. */
const handles = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /Socket|Pipe|Process|Server|FSReq/.test(name))
    .sort();

/** What is there now and was not before; what the test before left to close may have gone meanwhile. */
const added = (before: readonly string[], now: readonly string[]): readonly string[] => {
  const rest = [...before];
  return now.filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
};

/** The contract's two seconds, as a rejection and not as an assertion on a measured time. */
const within = async <T>(promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('not within two seconds')), 2000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
