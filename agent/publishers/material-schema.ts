/** The payload about a material. */
import { Type } from 'typebox';
import { Millis, Nullable, payload, Text } from './pieces.ts';

const Quantity = (description: string) => Type.Number({ minimum: 0, description });

export const MaterialSchema = payload(
  'material',
  'What is there of a material at a station, and what was called. Retained; empty when there is no such material any more.',
  {
    station: Text('Station.'),
    name: Text('Material, as the config names it.'),
    unit: Nullable(Text('Unit of all quantities.')),
    stock: Nullable(Quantity('What is there; null: nobody knows, `because` says why.')),
    state: Type.Enum(['ok', 'called', 'overdue', 'short', 'unknown'], {
      description: 'The gravest. short: it is used up, or may be before what was called comes, and no more may be called.',
    }),
    because: Nullable(Text('Why nothing is known.')),
    reorder_at: Nullable(Quantity('One more is called when stock and open calls together are down to it.')),
    by: Type.Enum(['forecast', 'container'], {
      description: 'container: too little was seen of its use yet; one is called when the last container is begun.',
    }),
    source: Nullable(Type.Enum(['plan', 'rate'], { description: 'What the forecast goes by; null: there is none yet.' })),
    container: Quantity('Of one call.'),
    service: Type.Number({ minimum: 0, maximum: 1, description: 'Aim: share of calls that come before it has run out.' }),
    rate: Nullable(Quantity('Used in an hour of working time.')),
    runs_out: Nullable(
      Type.Object(
        {
          low: Nullable(Millis('At the soonest')),
          middle: Nullable(Millis('Most likely')),
          high: Nullable(Millis('At the latest')),
        },
        { description: 'Where nothing comes; nine times in ten between low and high. null: later than anybody looks.' },
      ),
    ),
    calls: Type.Array(
      Type.Object({
        id: Text('Event id of the decision that called it; the command `material` may name it.'),
        at: Millis('When it was called'),
        quantity: Quantity('That was called.'),
        expected: Millis('When it is expected'),
        overdue: Type.Boolean(),
      }),
      { maxItems: 20, description: 'That are open, the oldest first.' },
    ),
  },
);
