import { expect, it } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import { changeThreshold } from '#agent/runtime/threshold-desk.js';
import type { ConfigPort } from '#agent/web/server.js';

const TEXT = `stations:
  outlet:
    models:
      # As the foreman wants it.
      surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}
`;
type Model = Config['stations'][string]['models'][string];
const OWN = { model: 'surface-defect', threshold: 0.62, review: [0.45, 0.62] } as unknown as Model;

/** A file, and the config that it is; `more`: what else is known of the file. */
function place(own: Partial<Model> = {}, text = TEXT, more: object = {}) {
  const written: { text: string; who: string; onto: string }[] = [];
  const file = {
    read: async (secrets: boolean) => ({
      file: { text: secrets ? text : null, version: 'v1' },
      running: { version: 'v1' },
      applying: false,
      ...more,
    }),
    write: async (changed: string, by: { who: string; onto: string }) => {
      written.push({ text: changed, ...by });
      return { version: 'v2', changed: true, restarts: [], words: [] };
    },
  } as unknown as ConfigPort;
  const config = { stations: { outlet: { models: { surface: { ...OWN, ...own } } } } } as unknown as Config;
  const change = (verb: 'shadow' | 'promote' | 'rollback', threshold?: number | null, model = 'surface') =>
    changeThreshold(file, config, 'mueller', { verb, station: 'outlet', model, ...(threshold === undefined ? {} : { threshold }) });
  return { change, written };
}

it('another threshold runs beside the one that judges: its band of unsure scores ends at it, and the rest of the file stays as it is', async () => {
  const { change, written } = place();
  await change('shadow', 0.7);
  expect(written).toEqual([
    {
      who: 'mueller',
      onto: 'v1',
      text: TEXT.replace(
        '{model: surface-defect,',
        '{model: surface-defect, shadow: {model: surface-defect, threshold: 0.7, review: [0.45, 0.7]},',
      ),
    },
  ]);
  const lower = place();
  await lower.change('shadow', 0.4);
  expect(lower.written[0]?.text).toContain('shadow: {model: surface-defect, threshold: 0.4, review: [0.4, 0.4]}');
});

it('it takes the place, what judged before stays to go back to, and the other way about', async () => {
  const shadow = { model: 'surface-defect', threshold: 0.7 };
  const beside = place(
    { shadow } as Partial<Model>,
    TEXT.replace('{model: surface-defect,', '{model: surface-defect, shadow: {model: surface-defect, threshold: 0.7},'),
  );
  await beside.change('promote');
  const { text = '' } = beside.written[0] ?? {};
  expect(text).toContain('threshold: 0.7');
  expect(text).toContain('previous: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}');
  expect(text).not.toContain('shadow');
  const back = place({ ...shadow, review: undefined, previous: OWN } as unknown as Partial<Model>, text);
  await back.change('rollback');
  expect(back.written[0]?.text).toMatch(/ review: \[0\.45, 0\.62\],.* threshold: 0\.62\}/);
  expect(back.written[0]?.text).toContain('shadow: {model: surface-defect, threshold: 0.7}');
});

it('the package that judged before stays to go back to, however often its threshold is changed', async () => {
  const shadow = { model: 'surface-defect', threshold: 0.7 };
  const previous = { model: 'as-bought', region: 'whole' };
  const taught = place(
    { shadow, previous } as unknown as Partial<Model>,
    TEXT.replace(
      '{model: surface-defect,',
      '{model: surface-defect, shadow: {model: surface-defect, threshold: 0.7}, previous: {model: as-bought},',
    ),
  );
  await taught.change('promote', 0.7);
  expect(taught.written[0]?.text).toContain('threshold: 0.7');
  expect(taught.written[0]?.text).toContain('previous: {model: as-bought, region: whole}');
  expect(taught.written[0]?.text).not.toContain('shadow');
});

it('leaves a file alone that is not the one which runs, and a promotion of what runs beside no longer', async () => {
  const shadow = { model: 'surface-defect', threshold: 0.7 } as Partial<Model>;
  const places = [
    place({}, TEXT, { running: { version: 'v0' } }),
    place({}, TEXT, { running: { version: null } }),
    place({}, TEXT, { applying: true }),
    place({ shadow } as Partial<Model>),
  ];
  const asked = places.map(({ change }, n) => (n < 3 ? change('shadow', 0.7) : change('promote', 0.65)));
  const why = (await Promise.allSettled(asked)).map((one) => (one.status === 'rejected' ? String(one.reason.message) : 'done'));
  expect(why).toEqual([
    expect.stringContaining('the config file says something else than what runs'),
    expect.stringContaining('the config file says something else than what runs'),
    expect.stringContaining('a change of the config is being applied'),
    expect.stringContaining('by now it is 0.7 that runs beside it, and not 0.65'),
  ]);
  expect(places.flatMap(({ written }) => written)).toEqual([]);
});

it('refuses what is no threshold of its own, with the reason', async () => {
  const other = { model: 'my-part', threshold: 0.5 } as Partial<Model>;
  const refusals = [
    place().change('shadow', 0.7, 'nobody'),
    place().change('shadow', 0.62),
    place().change('promote'),
    place().change('rollback'),
    place({ shadow: other } as Partial<Model>).change('shadow', 0.7),
    place({ shadow: other } as Partial<Model>).change('promote'),
    place({}, 'stations: {outlet: {models: {surface: &a {model: surface-defect}}}}').change('shadow', 0.7),
  ];
  const why = (await Promise.allSettled(refusals)).map((one) => (one.status === 'rejected' ? String(one.reason.message) : 'done'));
  expect(why).toEqual([
    expect.stringContaining('There is no model nobody of station outlet'),
    expect.stringContaining('0.62 is the threshold that judges'),
    expect.stringContaining('nothing runs beside it'),
    expect.stringContaining('nothing judged there before'),
    expect.stringContaining('package my-part runs beside it'),
    expect.stringContaining('my-part is another package'),
    expect.stringContaining('carries an anchor'),
  ]);
  await expect(
    changeThreshold(null, { stations: { outlet: { models: { surface: OWN } } } } as unknown as Config, 'mueller', {
      verb: 'shadow',
      station: 'outlet',
      model: 'surface',
      threshold: 0.7,
    }),
  ).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
});
