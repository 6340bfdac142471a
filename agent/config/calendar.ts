/** Shifts of the plant, and what tells of the machine beside a station. */
import { type StaticDecode, Type } from 'typebox';
import { WEEKDAYS } from '../contracts/calendar.ts';
import { closed, dict, form, restarts, tagName } from './pieces.ts';
import { Duration } from './units.ts';

const TimeOfDay = (description: string) =>
  Type.String({
    pattern: '^([01]\\d|2[0-3]):[0-5][05]$',
    ...form('a time of day on a whole five minutes, such as 06:00'),
    description,
  });
const Days = Type.Array(Type.Union(WEEKDAYS.map((day) => Type.Literal(day))), {
  minItems: 1,
  default: [...WEEKDAYS],
  description: 'Days on which it begins.',
});

export const CalendarSchema = Type.Object(
  {
    zone: Type.String({
      minLength: 1,
      ...form('a time zone such as Europe/Berlin'),
      description: 'Time zone by its IANA name; it knows when clocks change.',
    }),
    shifts: dict(
      Type.Object(
        {
          from: TimeOfDay('When it begins, on the clock on the wall.'),
          to: TimeOfDay('When it ends; not after `from`: on the next day.'),
          days: Days,
        },
        closed,
      ),
      'Shifts by name. One over midnight belongs to the day on which it begins; no two may run at once.',
    ),
    breaks: Type.Record(
      Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
      Type.Object({ from: TimeOfDay('When it begins.'), to: TimeOfDay('When it ends.'), days: Days }, closed),
      { default: {}, description: 'Breaks by name: time in which nothing is to be produced (planned downtime of ISO 22400-2).' },
    ),
    days_off: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', ...form('a day such as 2026-12-25'), description: 'A day.' }), {
      default: [],
      description: 'Days on which no shift begins.',
    }),
    report: Type.Boolean({ default: false, description: 'Tell the report of each shift over MQTT when it has ended.' }),
  },
  { ...closed, ...restarts('none'), description: 'Shifts, for figures by shift: docs/shifts.md. Leave it out where there are none.' },
);
export type CalendarConfig = StaticDecode<typeof CalendarSchema>;

export const MachineSchema = Type.Object(
  {
    running: Type.Optional(tagName('Tag that says whether the machine produces.')),
    values: Type.Optional(
      Type.Array(Type.Union([Type.Boolean(), Type.Number(), Type.String()]), {
        minItems: 1,
        description: 'Its values that mean that it produces. Default: true, and every number but 0.',
      }),
    ),
    ideal_cycle: Type.Optional(
      Duration({ least: '1ms', most: '1d', description: 'Planned run time per item (PRI of ISO 22400-2), for effectiveness and OEE.' }),
    ),
  },
  { ...closed, ...restarts('none'), description: 'The machine beside the station, for availability, effectiveness and OEE by shift.' },
);
export type MachineConfig = StaticDecode<typeof MachineSchema>;
