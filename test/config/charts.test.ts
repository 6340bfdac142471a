/** Control charts in the config: what they chart is there, what is asked goes together, and rules may ask what there is. */
import { describe, expect, it } from 'vitest';
import { planOf } from '#agent/config/charts.js';
import { loadConfig } from '#agent/config/load.js';
import { CATALOGUE, changed, ENV, faultsOf } from './lines.ts';

const charts = (text: string, ...rules: readonly [string, string][]) =>
  changed(['    deadline: 200ms\n', `    deadline: 200ms\n    charts: {${text}}\n`], ...rules);
const NOK = 'when: "surface.score >= surface.threshold", verdict: nok';
const asked = (when: string): [string, string] => [NOK, `when: "${when}", verdict: nok, reason: surface defect`];
/** Without the places, which begin each of them. */
const told = async (text: string) => (await faultsOf(text)).map((fault) => fault.replace(/^\d+:\d+: /, ''));
const GOOD = 'width: {of: tags.die_temp, lower: 1, upper: 3, target: 2}';

describe('control charts in the config', () => {
  it('are what a technician writes, with the rest filled in', async () => {
    const { config, warnings } = await loadConfig(
      {
        text: charts(
          'surface: {of: surface.score, rules: [western_electric]}, width: {of: plc.die_temp, subgroup: 4, lower: 1, upper: 3}, bad: {of: nok}, defect: {of: nok, reason: surface defect, sample: 100}, both: {of: [tags.die_temp, tags.pressure]}, slow: {of: latency.verdict, chart: ewma, close: when_learned}, crack: {of: surface.probabilities.crack}, many: {of: surface.boxes, chart: c, sample: 1}',
          asked("spc.width.out && spc.surface.rule != '' && spc.both.phase == 'watching' && cpk('width', 200) < 1.33"),
        ),
      },
      CATALOGUE,
      ENV,
    );
    expect(warnings).toEqual([]);
    const plans = Object.fromEntries(Object.entries(config.stations['outlet']?.charts ?? {}).map(([name, chart]) => [name, planOf(chart)]));
    expect(plans).toMatchObject({
      surface: { chart: 'individuals', size: 1, learn: 100, rules: { length: 4 }, closesItself: false },
      width: { chart: 'xbar_r', size: 4, learn: 25, tolerance: { lower: 1, upper: 3 } },
      bad: { chart: 'p', size: 50, learn: 25 },
      defect: { chart: 'p', size: 100, reason: 'surface defect' },
      both: { chart: 't2', size: 1 },
      slow: { chart: 'ewma', closesItself: true },
      many: { chart: 'c', size: 1, learn: 100 },
    });
  });

  it.each<[string, string, ...string[]]>([
    [
      'a model that is not there',
      'a: {of: surfce.score}',
      'stations.outlet.charts.a.of is surfce.score: there is no surfce.score; did you mean surface.score?',
    ],
    [
      'a tag that is not there',
      'a: {of: tags.die_tmp}',
      'stations.outlet.charts.a.of is tags.die_tmp: there is no tags.die_tmp; did you mean tags.die_temp?',
    ],
    [
      'a figure that is none',
      'a: {of: surface.scor}',
      'stations.outlet.charts.a.of is surface.scor: surface has no scor that can be charted; did you mean score?',
    ],
    [
      'a label that is none',
      'a: {of: surface.probabilities.crak}',
      'stations.outlet.charts.a.of is surface.probabilities.crak: surface has no label crak; did you mean crack?',
    ],
    [
      'a stage that is none',
      'a: {of: latency.verdikt}',
      'stations.outlet.charts.a.of is latency.verdikt: latency has no verdikt; did you mean verdict?',
    ],
    [
      'a word that is nothing',
      'a: {of: nokk}',
      'stations.outlet.charts.a.of is nokk: nokk is nothing that can be charted; did you mean nok?',
    ],
    [
      'one of several',
      'a: {of: [tags.die_temp, tags.presure]}',
      'stations.outlet.charts.a.of[1] is tags.presure: there is no tags.presure; did you mean tags.pressure?',
    ],
    [
      'values on a chart of counts',
      'a: {of: surface.score, chart: p}',
      'stations.outlet.charts.a.chart counts parts: its `of` is a verdict (nok, review), or the boxes of a model for c and u',
    ],
    [
      'a verdict on a chart of values',
      'a: {of: nok, chart: ewma}',
      'stations.outlet.charts.a.chart is of measured values, and its `of` is a verdict; take p, np, or leave `chart` out',
    ],
    [
      'several on a chart of one',
      'a: {of: [tags.die_temp, tags.pressure], chart: cusum}',
      'stations.outlet.charts.a.chart is cusum, which is of one number; several are charted together by t2',
    ],
    [
      'one on a chart of several',
      'a: {of: tags.die_temp, chart: t2}',
      'stations.outlet.charts.a.chart is t2, which is of several numbers; name them in a list under `of`',
    ],
    [
      'keys of other charts',
      'a: {of: tags.die_temp, h: 4, sample: 5}',
      'stations.outlet.charts.a.h means nothing to individuals; it is for cusum',
      'stations.outlet.charts.a.sample means nothing to individuals; it is for p, np, c, u',
    ],
    [
      'patterns of points that hang together',
      'a: {of: tags.die_temp, chart: cusum, rules: [nelson]}',
      'stations.outlet.charts.a.rules mean nothing to cusum, whose points hang together; leave them out',
    ],
    [
      'limits that are turned round',
      'a: {of: tags.die_temp, lower: 3, upper: 1}',
      'stations.outlet.charts.a.lower is 3, not below upper, which is 1',
    ],
    [
      'a target outside',
      'a: {of: tags.die_temp, lower: 1, upper: 3, target: 4}',
      'stations.outlet.charts.a.target is 4, not between 1 and 3',
    ],
    [
      'a subgroup of single values',
      'a: {of: tags.die_temp, chart: individuals, subgroup: 5}',
      'stations.outlet.charts.a.subgroup is 5, and individuals are single values; take xbar_r',
    ],
    [
      'a reason that no rule gives',
      'a: {of: nok, reason: surface defct}',
      'stations.outlet.charts.a.reason is surface defct, which no rule of the station gives; did you mean surface defect?',
    ],
    [
      'a pattern that is none',
      'a: {of: tags.die_temp, rules: [nelsn_1]}',
      'stations.outlet.charts.a.rules[0] must be nelson_1, nelson_2, nelson_3, nelson_4, nelson_5, nelson_6, nelson_7, nelson_8, western_electric_1, western_electric_2, western_electric_3, western_electric_4, nelson or western_electric, not nelsn_1; did you mean nelson_1?',
    ],
    [
      'a name that expressions take for something else',
      'constructor: {of: nok}',
      'stations.outlet.charts.constructor has a name that means something else in expressions; take another',
    ],
  ])('%s', async (_, text, ...faults) => {
    expect(await told(charts(text, asked('surface.score >= surface.threshold')))).toEqual(faults);
  });

  it.each<[string, string]>([
    ['spc.widht.out', 'there is no chart widht; did you mean width?'],
    ['spc.width.outt', 'spc.width has no outt; did you mean out?'],
    ["spc.width.rule == 'nelson_9'", "spc.width.rule is never 'nelson_9'; did you mean nelson_1?"],
    ["spc.width.phase == 'watchin'", "spc.width.phase is never 'watchin'; did you mean watching?"],
    ["cpk('widht', 200) < 1", 'there is no chart widht; did you mean width?'],
    ["cpk('width', 10) < 1", 'cpk() looks back 25 to 1000 parts, not 10'],
    ["cpk('bad', 100) < 1", 'the chart bad has no lower or upper, so that nothing is known of its capability'],
    ["cpk('width') < 1", "cpk() takes a chart and a number of parts: cpk('width', 200)"],
    ['cpk(part, 100) < 1', "the chart is named as it stands: cpk('width', 200)"],
    ['spc.width.out > 1', 'compare twice and join with &&: a < b && b < c'],
    ['spc.width', 'this gives a whole chart, not true or false; compare it with something'],
  ])('rules that ask %s', async (when, fault) => {
    expect(await told(charts(`${GOOD}, bad: {of: nok}`, asked(when)))).toEqual([`stations.outlet.rules[0].when: ${fault}`]);
  });
});
