/** What is published about candidates, and about the packages that take each other's place. */
import { Type } from 'typebox';
import { FindingSchema, ReasonSchema } from './finding-schema.ts';
import { EventId, Historical, Nullable, payload, Text, Verdict } from './pieces.ts';

export const ShadowSchema = payload(
  'shadow',
  'A candidate would have said otherwise of a part. Nothing was done about it: the verdict is the one of the quality event.',
  {
    id: EventId,
    station: Text('Station.'),
    inspection: Type.String({ format: 'uuid', description: 'Event id of the inspection.' }),
    part: Nullable(Text('Id of the part.')),
    recipe: Text('Recipe.'),
    model: Text('Name of the model at the station.'),
    difference: Type.Enum(['label', 'finding', 'verdict'], {
      description: 'The gravest: another verdict, another side of the threshold or the review band, another label.',
    }),
    current: Type.Object({ verdict: Verdict, finding: FindingSchema }, { description: 'What was said.' }),
    candidate: Type.Object(
      { verdict: Verdict, reasons: Type.Array(ReasonSchema), finding: FindingSchema },
      { description: 'What would have been said with the candidate in the place, by the same rules on the same tags.' },
    ),
    historical: Historical,
  },
);

export const ModelSchema = payload('model', 'Another package judges in a place than before.', {
  id: EventId,
  station: Text('Station.'),
  model: Text('Name of the model at the station.'),
  recipe: Nullable(Text('Recipe; null: every one that has no model of its own there.')),
  change: Type.Enum(['promoted', 'rolled_back', 'changed'], { description: 'promoted, rolled_back: by the command of that name.' }),
  from: Type.Object({ package: Text('Model package.'), version: Text('Version of the package.') }),
  to: Type.Object({
    package: Text('Model package.'),
    version: Text('Version of the package.'),
    variant: Text('Variant that runs.'),
    sha256: Text('Hash of the model file.'),
  }),
  historical: Historical,
});
