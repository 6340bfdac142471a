/** The payload about a tool. */
import { Type } from 'typebox';
import { Millis, Nullable, payload, Text } from './pieces.ts';

const Uses = (description: string) => Type.Number({ minimum: 0, description });

export const ToolSchema = payload(
  'tool',
  'How a tool of a station is worn, and when it is to be changed. Retained; empty when there is no such tool any more.',
  {
    station: Text('Station.'),
    name: Text('Tool, as the config names it.'),
    state: Type.Enum(['ok', 'due', 'overdue', 'unknown'], {
      description: 'The gravest. due: it may be worn out within the time that the config tells ahead. overdue: it is worn out.',
    }),
    because: Nullable(Text('Why nothing, or not all, is known.')),
    changed: Nullable(Millis('When it was changed; null: not since it is followed')),
    used: Uses('Since then.'),
    life: Nullable(Uses('Uses after which it is to be changed.')),
    level: Nullable(Type.Number({ description: 'What its trend says now, cleared of noise.' })),
    limit: Nullable(Type.Number({ description: 'Where that ends.' })),
    left: Nullable(
      Type.Object(
        { low: Uses('At the least.'), middle: Uses('Most likely.'), high: Uses('At the most.') },
        { description: 'Uses that are left, nine times in ten between low and high; null: nothing is known of it.' },
      ),
    ),
    by: Nullable(Type.Enum(['uses', 'trend'], { description: 'What it ends by first.' })),
    until: Nullable(
      Type.Object(
        {
          low: Nullable(Millis('At the soonest')),
          middle: Nullable(Millis('Most likely')),
          high: Nullable(Millis('At the latest')),
        },
        { description: 'When it is worn out; null: not known, or later than anybody looks.' },
      ),
    ),
    call: Nullable(
      Type.Object(
        {
          id: Text('Event id of the decision; the command `tool` may name it.'),
          at: Millis('When it was told'),
          by: Nullable(Millis('Change it by then')),
        },
        { description: 'The decision that it is to be changed, until it is.' },
      ),
    ),
  },
);
