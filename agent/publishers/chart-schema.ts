/** How a control chart stands, as it is published. */
import { Type } from 'typebox';
import { Millis, Nullable, payload, Text } from './pieces.ts';

const Count = Type.Integer({ minimum: 0 });
const Place = (description: string) =>
  Type.Object({ sequence: Type.Integer({ description: 'Number of the part in its station.' }), at: Millis('When') }, { description });

export const ChartSchema = payload(
  'chart',
  'How a control chart of a station stands under the recipe that is made. Retained; empty when there is no such chart any more.',
  {
    station: Text('Station.'),
    name: Text('Chart, as rules call it.'),
    recipe: Text('Recipe.'),
    kind: Type.Enum(['individuals', 'xbar_r', 'xbar_s', 'ewma', 'cusum', 'p', 'np', 'c', 'u', 't2']),
    of: Type.Array(Text('What is charted.')),
    phase: Type.Enum(['learning', 'proposed', 'watching'], {
      description: 'learning: the first phase has too few points yet. proposed: it may be closed. watching: it was, and its limits hold.',
    }),
    samples: Type.Integer({ minimum: 0, description: 'Points since the first phase began, or since it was closed.' }),
    learn: Type.Integer({ minimum: 1, description: 'Points that the first phase wants.' }),
    size: Type.Integer({ minimum: 1, description: 'Parts a point.' }),
    limits: Nullable(
      Type.Array(
        Type.Object({
          panel: Text('individuals, moving_range, xbar, r, s, ewma, cusum, p, np, c, u or t2.'),
          lower: Type.Number(),
          center: Type.Number(),
          upper: Type.Number(),
        }),
        { description: 'That hold, or, while they are proposed, that would.' },
      ),
    ),
    outside: Nullable(
      Type.Integer({ minimum: 0, description: 'Points of the first phase that are out of control by the limits that it proposes.' }),
    ),
    closed: Nullable(
      Type.Object({ at: Millis('When'), who: Text('Who closed the first phase; empty: it closed itself, as the config says.') }),
    ),
    out: Type.Boolean({ description: 'The newest point is out of control.' }),
    rule: Text('limits, spread, or the pattern that says so; empty where it is in control.'),
    last: Nullable(
      Type.Object({
        sequence: Type.Integer({ description: 'Number of the first part of the newest point.' }),
        at: Millis('When'),
        values: Type.Array(Type.Number(), { description: 'Of each panel.' }),
      }),
    ),
    signal: Nullable(
      Type.Object(
        {
          rule: Text('What said so first.'),
          since: Place('The first part of the first point that was out of control.'),
          points: Count,
          likely: Nullable(Place('Most likely the first part of the changed process.')),
          from: Nullable(Place('What came since this part is to be looked at.')),
        },
        { description: 'Until ten points in a row are in control, or somebody restarts the chart or closes its first phase anew.' },
      ),
    ),
    left_out: Type.Integer({ minimum: 0, description: 'Parts in which the number was none.' }),
    refused: Nullable(Text('Why nothing can be learned from the points of the first phase.')),
  },
);
