import { describe, expect, it } from 'vitest';
import { type Seen, together } from '#agent/cli/check-together.js';
import type { Config } from '#agent/config/schema.js';
import { changed, load } from '../config/lines.ts';

const seen = (over: Partial<Seen> = {}): Seen => ({ pictures: new Map(), values: new Map(), models: new Map(), more: [], ...over });
const configOf = async (...edits: (readonly [string, string])[]): Promise<Config> =>
  (
    await load(
      changed(['inference: {models: models}', `inference: {models: ${new URL('../config/models', import.meta.url).pathname}}`], ...edits),
    )
  ).config;
const details = (config: Config, over: Partial<Seen>) => together(config, seen(over)).map(({ what, detail }) => `${what}: ${detail}`);

const picture = { width: 640, height: 480, bytes: 640 * 480 * 3 };
const REGION = ['surface: {model: surface-defect,', 'surface: {model: surface-defect, region: [600, 0, 64, 64],'] as const;

describe('answers of a check, taken together', () => {
  it('say nothing where all fits, or where nothing was seen', async () => {
    const config = await configOf();
    expect(together(config, seen())).toEqual([]);
    expect(
      details(config, {
        pictures: new Map([['top', picture]]),
        values: new Map<string, never>([
          ['plc.verdict', 0 as never],
          ['plc.reject', false as never],
          ['plc.die_temp', 300 as never],
        ]),
        models: new Map([['surface-defect', new Map([['fp32', 23]])]]),
      }),
    ).toEqual([]);
  });

  it('tell of a region outside the real picture', async () => {
    expect(details(await configOf(REGION), { pictures: new Map([['top', picture]]) })).toEqual([
      expect.stringContaining(
        'station outlet: [REGION_OUTSIDE] Region [600, 0, 64, 64] of model surface reaches beyond the picture of camera top',
      ),
    ]);
    expect(details(await configOf(REGION), { pictures: new Map([['top', { ...picture, width: 664 }]]) })).toEqual([]);
  });

  it('tell of a picture that the memory does not hold three times', async () => {
    const pictures = new Map([['top', { width: 6000, height: 4000, bytes: 72e6 }]]);
    expect(details(await configOf(), { pictures })).toEqual([
      'camera top: a picture takes 72 MB, and `memory` is 64 MB; write memory: 216MB or more',
    ]);
    expect(details(await configOf(['fps: 25', 'fps: 25, memory: 216MB']), { pictures })).toEqual([]);
  });

  it('tell of a model that takes longer than the deadline', async () => {
    const models = (ms: number) => ({
      models: new Map([
        [
          'surface-defect',
          new Map([
            ['fp32', 900],
            ['int8-u8s8', ms],
          ]),
        ],
      ]),
    });
    expect(details(await configOf(), models(250))).toEqual([
      'station outlet: the deadline is 200 ms, and surface-defect takes 250.0 ms here; raise it, or take a smaller package',
    ]);
    expect(details(await configOf(), models(199))).toEqual([]);
  });

  it('tell of a verdict that its tag cannot take', async () => {
    const words = ['answer: {verdict: plc.verdict}', 'answer: {verdict: plc.verdict, values: {ok: good, nok: bad, review: "3"}}'] as const;
    const values = new Map<string, never>([['plc.verdict', 7 as never]]);
    expect(details(await configOf(words), { values })).toEqual([
      expect.stringContaining('Tag plc.verdict is of type number and cannot take good'),
      expect.stringContaining('cannot take bad'),
    ]);
    expect(details(await configOf(words), { values: new Map([['plc.verdict', 'x']]) })).toEqual([]);
    expect(details(await configOf(), { values: new Map([['plc.verdict', true]]) })).toEqual([
      expect.stringContaining('is of type true or false and cannot take 2'),
      expect.stringContaining('cannot take 3'),
    ]);
  });

  it('tell of a rule that reads a text as a number', async () => {
    expect(details(await configOf(), { values: new Map([['plc.die_temp', 'warm']]) })).toEqual([]);
    const always = ['process.score > 0.9 && tags.die_temp > 320', 'tags.die_temp > 320'] as const;
    expect(details(await configOf(always), { values: new Map([['plc.die_temp', 'warm']]) })).toEqual([
      expect.stringContaining('station outlet: [RULE_FAILED]'),
    ]);
    expect(details(await configOf(always), { values: new Map([['plc.die_temp', 300]]) })).toEqual([]);
  });

  it('tell of the recipe that the PLC shows now and the station does not have', async () => {
    const recipes = [
      '    on_failure: nok\n',
      '    on_failure: nok\n    recipe: {tag: plc.serial, values: {"7": fine}}\n    recipes: {fine: {models: {}}}\n',
    ] as const;
    const now = async (value: unknown) => details(await configOf(recipes), { values: new Map([['plc.serial', value as never]]) });
    expect(await now('coarse')).toEqual([expect.stringContaining('Station outlet has no recipe coarse')]);
    for (const good of ['fine', 7, 'standard', '', null]) expect(await now(good)).toEqual([]);
  });
});
