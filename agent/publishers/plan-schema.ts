/** The payload about what runs next. */
import { Type } from 'typebox';
import { Length, Millis, Nullable, payload, Text } from './pieces.ts';

const Count = Type.Integer({ minimum: 0 });
const Figures = (description: string) =>
  Type.Object(
    {
      cost_ms: Length('What the search makes small'),
      tardiness_ms: Length('How late each order ends, times its priority, together'),
      setups_ms: Length('Working time for set-ups'),
      late: Type.Integer({ minimum: 0, description: 'Orders that end late.' }),
    },
    { description },
  );
const times = {
  begin: Millis('First part'),
  end: Millis('Last part'),
  lateness_ms: Nullable(Length('After it is due, negative before')),
  probability: Nullable(Type.Number({ minimum: 0, maximum: 1, description: 'Of being late.' })),
};

export const PlanSchema = payload('plan', 'What runs next. Retained; only where `planning` is in the config.', {
  id: Text('Of the sequence; what accepts or refuses it may name it.'),
  state: Type.Enum(['agreed', 'proposed', 'refused'], {
    description:
      'agreed: so it goes on. proposed: the command `plan` accepts or refuses it. refused: somebody has refused what would gain.',
  }),
  by: Type.Enum(['search', 'rules'], { description: 'rules: memory was short, or the search died.' }),
  because: Nullable(Text('Why rules alone.')),
  orders: Type.Integer({ minimum: 0, description: 'That are open.' }),
  unplanned: Type.Array(Text('Order.'), { description: 'Nothing is known of their recipe.' }),
  running: Nullable(Type.Object({ id: Text('Order.'), recipe: Text('Recipe.'), quantity: Count, made: Count, scrap: Count })),
  plan: Figures('Of this sequence.'),
  fifo: Figures('First in, first out.'),
  before: Figures('As agreed, with new orders behind.'),
  sequence: Type.Array(
    Type.Object({
      id: Text('Order.'),
      recipe: Text('Recipe.'),
      quantity: Type.Integer({ minimum: 0, description: 'Good parts that are still wanted.' }),
      parts: Type.Integer({ minimum: 0, description: 'That have to be made for them, scrap included.' }),
      due: Nullable(Millis('When it has to be done')),
      setup_at: Millis('Set-up'),
      setup_ms: Length('Set-up'),
      ...times,
      before: Nullable(Type.Object({ place: Type.Integer({ minimum: 1 }), ...times }, { description: 'The same order as agreed before.' })),
    }),
    { maxItems: 100 },
  ),
  cut: Type.Integer({ minimum: 0, description: 'So many more follow.' }),
  moves: Type.Array(
    Type.Object({
      id: Text('Order.'),
      from: Type.Integer({ minimum: 1, description: 'Place.' }),
      to: Type.Integer({ minimum: 1, description: 'Place.' }),
      gain_ms: Length('What the plan would cost more without it'),
    }),
    { maxItems: 50 },
  ),
});
