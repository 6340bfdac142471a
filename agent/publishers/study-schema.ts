/** What is published of a gauge study: when it begins, and when it is over. */
import { Type } from 'typebox';
import { EventId, Historical, Millis, Nullable, payload, Text } from './pieces.ts';

const Count = Type.Integer({ minimum: 0 });
export const StudyKindSchema = Type.Enum(['attributes', 'type_one', 'repeatability'], {
  description: 'attributes: good and bad master parts. type_one: one reference part, measured again and again. repeatability: gage R&R.',
});

export const StudySchema = payload(
  'study',
  'A study of a station as a gauge begins, or is over. Its figures are on the page and in the journal.',
  {
    id: EventId,
    station: Text('Station.'),
    study: Type.String({ format: 'uuid', description: 'Which study.' }),
    name: Text('As the config names it.'),
    kind: StudyKindSchema,
    state: Type.Enum(['open', 'done', 'ended'], { description: 'done: all parts were shown. ended: it ended before; see why.' }),
    why: Nullable(Text('Why it ended before all parts were shown.')),
    began: Millis('When it began'),
    shown: Type.Integer({ minimum: 0, description: 'Parts that were shown as asked.' }),
    of: Count,
    recipe: Text('Recipe.'),
    config_hash: Text('Hash of the config in force when it began.'),
    historical: Historical,
  },
);

export const OpenStudySchema = Type.Object(
  {
    study: Type.String({ format: 'uuid', description: 'Which study.' }),
    name: Text('As the config names it.'),
    kind: StudyKindSchema,
    shown: Count,
    of: Count,
    part: Text('Part that is asked for.'),
    appraiser: Text('Who is to show it.'),
    trial: Type.Integer({ minimum: 1, description: 'The how many-eth time that this appraiser shows it.' }),
    again: Nullable(Text('Why the last part did not count.')),
  },
  { description: 'The gauge study that is open: its parts are no production.' },
);
