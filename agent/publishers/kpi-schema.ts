/** What is published of a shift: its figures so far, retained, and once when it has ended. */
import { Type } from 'typebox';
import { KPI_DOUBTS } from '../contracts/index.ts';
import { EventId, Historical, Length, LONGEST_TEXT, Millis, MOST_VALUES, Nullable, payload, Text } from './pieces.ts';

const Count = Type.Integer({ minimum: 0 });
const Ratio = (description: string) =>
  Type.Object(
    {
      value: Nullable(Type.Number({ description: 'Of what is known; null: nothing is.' })),
      low: Nullable(Type.Number({ description: 'Were all that is unknown bad.' })),
      high: Nullable(Type.Number({ description: 'Were all that is unknown good.' })),
    },
    { description },
  );
const Quality = {
  quantities: Type.Object(
    {
      produced: Type.Integer({ minimum: 0, description: 'PQ: all that passed.' }),
      good: Type.Integer({ minimum: 0, description: 'GQ.' }),
      scrap: Type.Integer({ minimum: 0, description: 'SQ: not good, and not to be reworked.' }),
      rework: Type.Integer({ minimum: 0, description: 'RQ: not good, and the decision was rework.' }),
      unknown: Type.Object(
        { review: Count, failed: Count, missed: Count, unrecorded: Count },
        { description: 'Of which nobody knows whether they are good.' },
      ),
    },
    { description: 'Parts.' },
  ),
  quality_ratio: Ratio('GQ / PQ.'),
  scrap_ratio: Ratio('SQ / PQ.'),
  rework_ratio: Ratio('RQ / PQ.'),
  first_pass_yield: Ratio('GP / IP: of parts with an id that passed here for the first time.'),
};
const Figures = {
  station: Text('Station.'),
  shift: Type.Object({
    id: Text('The day on which it began, and its name.'),
    name: Text('Name.'),
    day: Type.String({ format: 'date', description: 'On which it began, in the zone of the calendar.' }),
    from: Millis('Begin'),
    to: Millis('End'),
  }),
  until: Millis('The figures are up to here'),
  over: Type.Boolean({ description: 'The shift has ended.' }),
  ...Quality,
  times_ms: Type.Object({
    planned: Length('Planned busy time (PBT): the shift without its breaks, up to now'),
    watched: Length('Of it, with the agent on'),
    running: Nullable(Length('Actual production time (APT), as far as it is known')),
    stopped: Nullable(Length('The machine stood')),
    unknown: Nullable(Length('Nobody knows whether the machine ran')),
  }),
  throughput_rate: Nullable(Type.Number({ description: 'PQ in an hour of planned time.' })),
  availability: Ratio('APT / PBT.'),
  effectiveness: Ratio('PRI x PQ / APT.'),
  oee: Ratio('Availability x effectiveness x quality ratio.'),
  recipes: Type.Array(Type.Object({ recipe: Text('Recipe.'), ...Quality }), { description: 'Most parts first, some twenty at most.' }),
  doubts: Type.Array(Type.Enum(KPI_DOUBTS), {
    description:
      'agent_off: not there all the time. machine_unknown: its tag was bad. parts_unknown: see quantities. parts_without_id: in no first pass yield. not_counted: there are more records.',
  }),
};

export const KpiSchema = payload(
  'kpi',
  'Figures of the present shift by ISO 22400-2. Retained; after its end those of the whole shift.',
  Figures,
);
export const ShiftSchema = payload('shift', 'A shift has ended: its figures by ISO 22400-2. One event a shift and station.', {
  id: EventId,
  ...Figures,
  historical: Historical,
});

const Row = Type.Record(Type.String(), Type.Union([Type.String({ maxLength: LONGEST_TEXT }), Type.Number(), Type.Null()]));
const Rows = (description: string) => Type.Array(Row, { maxItems: MOST_VALUES, description });
export const ReportSchema = payload('report', 'The report of a shift that has ended, all stations together. One event a shift.', {
  id: EventId,
  shift: Figures.shift,
  zone: Text('Of the calendar.'),
  complete: Type.Boolean({ description: 'false: there were records that were not counted yet.' }),
  made: Rows('By station and recipe: produced, good, scrap, rework, unknown, quality_ratio.'),
  shifts: Rows('Quality ratio of this shift and of those before it, by station.'),
  worse: Rows('Reasons whose share lies above the upper limit of the shifts before, and since when.'),
  reasons: Rows('The five worst of each station.'),
  holds: Rows('Holds and stops, and when they were acknowledged.'),
  alarms: Rows('By the minutes that they lasted.'),
  notes: Rows('What was written and said; not by whom.'),
  charts: Rows('Control charts that were out of control, since when and by which rule.'),
  challenges: Rows('Challenge parts that were shown, and what they got.'),
  quotes: Rows(
    'Texts of people and machines that have most words in common together, one of them quoted: times, texts, text, first, last.',
  ),
  lasting: Rows('Alarms that were active at the end.'),
  standing: Rows('What machines said that was active at the end.'),
  waiting: Rows('Parts that wait for a decision.'),
  contained: Rows('Stretches of parts in quarantine that nobody has decided about.'),
  historical: Historical,
});
