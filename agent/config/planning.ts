/** What a planner knows of one line: in the config under `planning.facts`, or in a file of its own for `lineside schedule plan`. */
import { type StaticDecode, Type } from 'typebox';
import { closed, form, name, nodeId, restarts, tagName } from './pieces.ts';
import { Bytes, Duration, Fraction } from './units.ts';

/** As the tag of the recipe says it: any text that is not too long. */
const RECIPE = '^\\S(.{0,62}\\S)?$';
const byRecipe = <T extends Parameters<typeof Type.Record>[1]>(value: T, description: string, fallback?: object) =>
  Type.Record(Type.String({ pattern: RECIPE }), value, { description, ...(fallback && { default: fallback }) });

const RecipeFactsSchema = Type.Object(
  {
    cycle: Duration({ least: '1ms', most: '7d', description: 'From part to part while the line runs.' }),
    cycle_spread: Fraction({
      default: 0.05,
      description: 'How much the average differs from run to run: standard deviation, as a share of it.',
    }),
    scrap: Type.Number({ default: 0, minimum: 0, maximum: 0.95, description: 'Share of parts that are not good.' }),
    scrap_spread: Fraction({ default: 0, description: 'How much that share differs from run to run: standard deviation.' }),
  },
  { ...closed, description: 'A recipe, as the line makes it.' },
);

const SetupSchema = Type.Object(
  {
    default: Duration({ default: '15m', most: '7d', description: 'From any recipe to any other.' }),
    spread: Type.Number({ default: 0.2, minimum: 0, maximum: 5, description: 'Standard deviation of a set-up, as a share of it.' }),
    from: byRecipe(
      byRecipe(Duration({ most: '7d', description: 'To this recipe.' }), 'From this recipe.'),
      'Set-ups that take longer or less: `from: {small: {large: 40m}}`. From a recipe to itself none, unless it stands here.',
      {},
    ),
    material: Duration({ default: '0ms', most: '7d', description: 'For another material, on top.' }),
  },
  { ...closed, default: {}, description: 'Set-up times, from the last part of one order to the first of the next.' },
);

const StopsSchema = Type.Object(
  {
    between: Duration({ least: '1s', most: '365d', description: 'From one to the next, working time, on average.' }),
    lasts: Duration({ least: '1ms', most: '7d', description: 'How long one lasts, on average.' }),
    spread: Type.Number({ default: 1, minimum: 0, maximum: 10, description: 'Standard deviation of that, as a share of it.' }),
  },
  { ...closed, description: 'Stops that nobody plans.' },
);

const ToolSchema = Type.Object(
  {
    life: Type.Integer({ minimum: 1, maximum: 1e9, description: 'Parts that a tool makes.' }),
    left: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1e9, description: 'Parts that the one of now still makes. Default: all of its life.' }),
    ),
    change: Duration({ most: '7d', description: 'How long a change takes.' }),
  },
  { ...closed, description: 'A tool that wears with each part.' },
);

const common = {
  recipes: byRecipe(RecipeFactsSchema, 'Recipes by name.', {}),
  setup: SetupSchema,
  stops: Type.Optional(StopsSchema),
  tool: Type.Optional(ToolSchema),
};

export const FactsSchema = Type.Object(common, {
  ...closed,
  ...restarts('none'),
  default: {},
  description: 'What is known of the line. What it learns itself counts instead, once it has seen enough.',
});

const Instant = (description: string) =>
  Type.String({
    pattern: '^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?\\s?(Z|[+-]\\d\\d:?\\d\\d)?$',
    description,
    ...form('an instant such as 2026-12-01T14:00Z, 2026-12-01T15:00+01:00 or 2026-12-01 15:00 by the clock of this box'),
  });

/** For a plan at a desk: what no config holds, since it passes. */
export const FactsFileSchema = Type.Object(
  {
    ...common,
    closed: Type.Array(
      Type.Object(
        {
          from: Instant('When it begins.'),
          to: Instant('When it ends.'),
          why: Type.String({ default: 'closed', maxLength: 128, description: 'Why.' }),
        },
        closed,
      ),
      { default: [], maxItems: 1000, description: 'When the line does not work.' },
    ),
    standing: Type.Optional(
      Type.Object(
        {
          recipe: Type.String({ pattern: RECIPE, description: 'What the line is set up for.' }),
          material: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'And the material that lies there.' })),
        },
        { ...closed, description: 'What the line is set up for now. Left out: the first order costs the default set-up.' },
      ),
    ),
  },
  { ...closed, description: 'Facts of one line.' },
);

export type FactsConfig = StaticDecode<typeof FactsSchema>;
export type FactsFile = StaticDecode<typeof FactsFileSchema>;

export const PlanningSchema = Type.Object(
  {
    station: Type.String({ pattern: name, description: 'The station whose parts are counted: what is ok there is made.' }),
    facts: FactsSchema,
    orders: Type.Optional(
      Type.Object(
        {
          file: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'CSV, or JSON where it ends so; looked at every two seconds. What is no longer in it is taken back, unless it runs.',
            }),
          ),
          opcua: Type.Optional(
            Type.Object(
              {
                server: Type.String({ pattern: name, description: 'One of `opcua`.' }),
                node: Type.String({
                  pattern: nodeId,
                  ...form('a node id such as nsu=urn:mes;s=Receiver or ns=2;i=1001'),
                  description: 'JobOrderList of an ISA95JobOrderReceiverObjectType, or the receiver itself, as tags name their nodes.',
                }),
                every: Duration({ default: '10s', least: '1s', most: '1d', description: 'The list is read this often.' }),
              },
              {
                ...closed,
                description:
                  'Orders from the job control of a PLC or an MES (ISA-95, OPC 10031-4). What is no longer in the list, or has ended there, is taken back, unless it runs.',
              },
            ),
          ),
        },
        {
          ...closed,
          description:
            'Orders that other systems hold: in a file, on an OPC UA server, or both. Beside them the MQTT command `orders` brings others.',
        },
      ),
    ),
    accept: Type.Union([Type.Literal('by_hand'), Type.Literal('auto')], {
      default: 'by_hand',
      description: 'Whether a person accepts what is proposed, or it goes on by itself.',
    }),
    tell: Type.Optional(
      Type.Object(
        {
          recipe: Type.Optional(tagName('Tag that gets the recipe of the next order, as `recipe.values` of the station has it.')),
          order: Type.Optional(tagName('Tag that gets the id of the next order, written after the recipe.')),
        },
        { ...closed, description: 'What the PLC is told of the next order as agreed. Left out: nothing is written.' },
      ),
    ),
    every: Duration({
      default: '5m',
      least: '10s',
      most: '1d',
      description: 'A plan is made this often, and whenever something has happened.',
    }),
    least_gain: Duration({ default: '5m', most: '30d', description: 'What a move against the agreed order has to gain.' }),
    lost: Type.Number({
      default: 1,
      minimum: 0,
      maximum: 1000,
      description: 'An hour lost to set-ups and waiting counts as so many hours late of an order of priority 1.',
    }),
    hold: Duration({ default: '30m', most: '7d', description: 'How long a hold of the station is taken to last from now on.' }),
    learn: Duration({ default: '30d', most: '400d', description: 'How far back the journal is learned from, of the newest 100000 parts.' }),
    search: Type.Object(
      {
        time: Duration({ default: '5s', least: '100ms', most: '5m', description: 'How long it searches, with the least urgency.' }),
        memory: Bytes({
          default: '256MB',
          least: '128MB',
          most: '2GB',
          description: 'Most memory of the search. Where it is short, rules plan alone.',
        }),
        samples: Type.Integer({
          default: 1000,
          minimum: 50,
          maximum: 20_000,
          description: 'Runs that the probability of being late is counted over.',
        }),
      },
      { ...closed, default: {}, description: 'The search, in a process of its own.' },
    ),
  },
  { ...closed, ...restarts('none'), description: 'What runs next on this line: docs/planning.md. Left out: nothing is planned.' },
);
