/** What one model says, in every payload that carries it. */
import { Type } from 'typebox';
import { Code, Dict, Length, MOST_VALUES, Nullable, Region, Score, Text } from './pieces.ts';

export const ReasonSchema = Type.Object(
  {
    text: Text('In words.'),
    rule: Type.Optional(Text('The expression that matched.')),
    code: Type.Optional(Code),
  },
  { description: 'Why: a rule or a fault.' },
);

export const FindingSchema = Type.Object(
  {
    model: Text('Name of the model at the station.'),
    package: Text('Model package.'),
    version: Text('Version of the package.'),
    variant: Text('Variant that ran: fp32, int8-…'),
    sha256: Text('Hash of the model file.'),
    provider: Text('Execution provider that ran it.'),
    kind: Type.Enum(['classify', 'detect', 'segment', 'anomaly', 'sequence', 'read', 'embed', 'text', 'text-class']),
    label: Nullable(Text('What it saw.')),
    score: Score('0..1, higher means more likely faulty.'),
    threshold: Score('Score from which it counts as faulty.'),
    margin: Score('score - threshold: how far the score would have to move to change sides.'),
    review: Nullable(Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'Scores between these go to a person.' })),
    probabilities: Type.Optional(Dict(Score('0..1'), 'By label.')),
    boxes: Type.Optional(
      Type.Array(Type.Object({ label: Text('Class.'), score: Score('0..1'), region: Region }), {
        maxItems: MOST_VALUES,
        description: 'Where, most certain first.',
      }),
    ),
    box_count: Type.Optional(Type.Integer({ minimum: 0, description: 'Boxes found, also those not listed.' })),
    heatmap: Type.Optional(
      Type.Object(
        {
          x: Type.Number({ description: 'Column of the peak.' }),
          y: Type.Number({ description: 'Row of the peak.' }),
          unit: Type.Enum(['pixel', 'fraction'], { description: 'x and y in pixels of the frame, or as fractions of the picture.' }),
          value: Type.Number({ minimum: 0, maximum: 1, description: 'Height of the peak.' }),
          region: Type.Optional(Region),
          grid: Type.Optional(
            Type.Object(
              {
                columns: Type.Integer({ minimum: 1 }),
                rows: Type.Integer({ minimum: 1 }),
                values: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { maxItems: MOST_VALUES, description: 'Row by row.' }),
              },
              { description: 'The map coarsely, over `region` or the whole picture: of each cell the highest value.' },
            ),
          ),
          picture: Type.Optional(
            Text("The map as a picture, under the store's folder; deleted like other pictures when the disk's budget is used up."),
          ),
        },
        { description: 'Where it lies: the peak of the heat map, and the map coarsely.' },
      ),
    ),
    found: Type.Optional(
      Type.Object(
        {
          region: Region,
          moved: Type.Array(Type.Number(), {
            minItems: 2,
            maxItems: 2,
            description: 'From where the reference lies, to the right and down, in pixels of the frame.',
          }),
          likeness: Type.Number({ minimum: -1, maximum: 1, description: 'To the reference.' }),
        },
        { description: 'Where the part was found, and judged, by a model that looks for it.' },
      ),
    ),
    contributions: Type.Optional(Dict(Score('Share of the score.'), 'By tag, adding up to 1.')),
    row_contributions: Type.Optional(
      Type.Array(Score('Share of the score.'), {
        maxItems: MOST_VALUES,
        description: "By row of the window, adding up to 1: the newest rows, oldest first, the last at the window's end.",
      }),
    ),
    reading: Type.Optional(
      Type.Object(
        {
          text: Text('What stands there; empty: nothing was read.'),
          confidence: Score('Probability of the whole text; by a format, among all texts of it, and 0 where the text is none of these.'),
          characters: Type.Array(Score('0..1'), { maxItems: MOST_VALUES, description: 'Certainty of each character.' }),
        },
        { description: 'A code that was read.' },
      ),
    ),
    note: Type.Optional(
      Type.Object(
        {
          text: Text('As it came, as far as it was read.'),
          plain: Text('As it was understood.'),
          truncated: Type.Boolean({ description: 'It went on: what came behind was not read.' }),
        },
        { description: 'What was read.' },
      ),
    ),
    entities: Type.Optional(
      Type.Array(
        Type.Object({
          label: Text('Class.'),
          score: Score('0..1'),
          text: Text('In plain words.'),
          from: Type.Integer({ minimum: 0, description: 'First character in the text as it came.' }),
          to: Type.Integer({ minimum: 0, description: 'Behind its last character.' }),
        }),
        { maxItems: MOST_VALUES, description: 'What the text names, in its order; they may nest.' },
      ),
    ),
    entity_count: Type.Optional(Type.Integer({ minimum: 0, description: 'Found, also those not listed.' })),
    queue_ms: Length('Waited for the model'),
    run_ms: Length('Ran'),
  },
  { description: 'What one model says.' },
);
