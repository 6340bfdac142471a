/** Gauge studies of a station: which master parts are shown how often, and what is measured of them. */
import { type StaticDecode, Type } from 'typebox';
import type { StudySpec } from '../contracts/studies.ts';
import { type Around, isSeries, seriesOf } from './charts.ts';
import { closed, form, tagName } from './pieces.ts';
import { Duration } from './units.ts';

const Id = Type.String({ minLength: 1, maxLength: 64, ...form('the id of a part such as M-07') });
const Word = Type.String({ minLength: 1, maxLength: 64 });
const TruthSchema = Type.Union([Type.Literal('good'), Type.Literal('bad')]);

export const StudySchema = Type.Object(
  {
    kind: Type.Union([Type.Literal('attributes'), Type.Literal('type_one'), Type.Literal('repeatability')], {
      description:
        'attributes: parts that are known to be good or bad, against the verdicts. type_one: one reference part, measured again and again. repeatability: gage R&R, several parts measured by several appraisers.',
    }),
    masters: Type.Optional(
      Type.Record(Type.String({ pattern: '^.{1,64}$' }), TruthSchema, {
        description: 'Of attributes: id of each master part, and whether it is good or bad. `lineside msa masters` makes it of a CSV file.',
      }),
    ),
    of: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'What is measured, as `charts` name it: surface.score, reader.reading, tags.width. Not of attributes.',
      }),
    ),
    parts: Type.Optional(
      Type.Array(Id, {
        minItems: 1,
        maxItems: 100,
        description: 'Ids of the parts that are measured: one for type_one, ten are usual for repeatability.',
      }),
    ),
    by: Type.Union([Type.Literal('id'), Type.Literal('order')], {
      default: 'id',
      description:
        'How a part is known. id: by its own, and nothing else is counted as it. order: where parts carry none, somebody says that the part that is asked for lies there, and the next one judged is it.',
    }),
    appraisers: Type.Optional(
      Type.Array(Word, {
        minItems: 1,
        maxItems: 20,
        description:
          'Who shows the parts, one after the other: people, shifts, set-ups. Default: three runs for repeatability, else the agent.',
      }),
    ),
    repeats: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        description: 'How often each appraiser shows each part. Default: 3; 50 for type_one.',
      }),
    ),
    reference: Type.Optional(Type.Number({ description: 'Of type_one: the true value of the part.' })),
    tolerance: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Upper less lower limit of the drawing, in the same unit.' })),
    percent: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'Of type_one: share of the tolerance that the gauge may take. Default: 20.',
      }),
    ),
    spread: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 12,
        description: 'Of type_one: standard deviations that stand for its spread. Default: 6.',
      }),
    ),
    least: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 10, description: 'Of type_one: what Cg and Cgk must reach. Default: 1.33.' }),
    ),
    conditions: Type.Array(tagName('Tag.'), {
      default: [],
      maxItems: 8,
      description: 'Tags that say under which conditions, such as the temperature of the hall; kept with each part that is shown.',
    }),
    within: Duration({
      default: '8h',
      least: '10s',
      most: '30d',
      description: 'A study in which nothing was shown for so long ends by itself.',
    }),
  },
  {
    ...closed,
    description:
      'One study of the station as a gauge (AIAG MSA, VDA 5), begun on the page or by the command `study`. Its parts are judged and answered like any other, and count in no yield.',
  },
);
export type StudyConfig = StaticDecode<typeof StudySchema>;

/** Who shows the parts where nobody is named. */
const RUNS: readonly string[] = ['run 1', 'run 2', 'run 3'];
const ALONE: readonly string[] = ['agent'];

/** With what the config leaves open. */
export function specOf({
  kind,
  masters = {},
  of,
  parts,
  by,
  appraisers,
  repeats,
  reference,
  tolerance,
  percent,
  spread,
  least,
}: StudyConfig): StudySpec {
  const isAttributes = kind === 'attributes';
  return {
    kind,
    parts: isAttributes ? Object.keys(masters) : (parts ?? []),
    by,
    appraisers: appraisers ?? (kind === 'repeatability' ? RUNS : ALONE),
    repeats: repeats ?? (kind === 'type_one' ? 50 : 3),
    ...(isAttributes ? { truth: { ...masters } } : {}),
    ...(of === undefined ? {} : { of }),
    ...(reference === undefined ? {} : { reference }),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(percent === undefined ? {} : { percent }),
    ...(spread === undefined ? {} : { spread }),
    ...(least === undefined ? {} : { least }),
  };
}

/** Tags that have to be on the record of every part, as `server.tag`: what is measured, and under which conditions. */
export function studiedTags(studies: Readonly<Record<string, StudyConfig>> | undefined, around: Around): readonly string[] {
  return Object.values(studies ?? {}).flatMap(({ of, conditions }) => {
    const series = of === undefined ? null : seriesOf(of, around);
    return [...(series && isSeries(series) && series.kind === 'tag' ? [series.tag] : []), ...conditions];
  });
}
