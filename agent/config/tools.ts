/** Tools of a station that wear, and what tells how much. */
import { type StaticDecode, Type } from 'typebox';
import { closed, restarts, tagName } from './pieces.ts';
import { Duration } from './units.ts';

export const ToolSchema = Type.Object(
  {
    uses: Type.Optional(
      Type.Object(
        {
          tag: tagName('Tag that counts uses. Where it begins anew, the tool was changed.'),
          wraps: Type.Optional(
            Type.Integer({ minimum: 2, maximum: Number.MAX_SAFE_INTEGER, description: 'It begins again at 0 there: 65536 of 16 bits.' }),
          ),
        },
        { ...closed, description: 'A counter of the PLC. Left out: parts are counted, whatever their verdict.' },
      ),
    ),
    life: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e9, description: 'Uses after which it is to be changed.' })),
    trend: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 256,
        description: 'A number that tells of wear with each part: `plc.vibration`, `surface.score`, or any other that a chart may be of.',
      }),
    ),
    limit: Type.Optional(Type.Number({ description: 'Value of the trend at which it is to be changed.' })),
    falls: Type.Boolean({ default: false, description: 'The trend falls to its limit: a thickness, a force.' }),
    ahead: Duration({ default: '4h', most: '90d', description: 'It is told so long before the tool may be worn out, at the soonest.' }),
    changed: Type.Optional(tagName('Tag that tells of a change: from false or 0 to another value, or to another text.')),
  },
  {
    ...closed,
    ...restarts('none'),
    description: 'A tool, or anything else that wears, by its uses, by a trend, or by what is over first: docs/logistics.md.',
  },
);

export type ToolConfig = StaticDecode<typeof ToolSchema>;
