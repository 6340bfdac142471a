/** The assistant's tools: the questions of the journal with typed arguments, checked before anything is read. Pure but for `ask`. */
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { LinesideError } from '../../errors.ts';
import { QUESTION_NAMES, QUESTIONS, type QuestionName } from '../../store/question-table.ts';
import type { Answer, Asked } from '../../store/questions.ts';
import type { Milliseconds } from '../../time.ts';

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: TSchema & { readonly type: 'object' };
  /** Throws what the table of faults has; the answer is JSON. */
  call(args: unknown): object;
}

const Time = (description: string) => Type.Optional(Type.String({ minLength: 10, maxLength: 40, description }));
const PART = { minLength: 1, maxLength: 200, description: 'The id of the part, as it stands on it.' };
const Arguments = Type.Object(
  {
    from: Time('First moment, ISO 8601; default: 24 hours before `to`.'),
    to: Time('Last moment, ISO 8601; default: now. 31 days at most.'),
    station: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'One station only.' })),
    part: Type.Optional(Type.String(PART)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Rows, at most; default: 50.' })),
  },
  { additionalProperties: false },
);
type Given = Static<typeof Arguments>;

const DAY: Milliseconds = 86_400_000;
const USUAL_ROWS = 50;

export function toolsOf(ask: (name: QuestionName, asked: Asked) => Answer, now: () => number): readonly Tool[] {
  return QUESTION_NAMES.map((name) => {
    const inputSchema = schemaOf(name);
    return {
      name,
      description: `${QUESTIONS[name].asks} ${QUESTIONS[name].says}`,
      inputSchema,
      call(args) {
        const asked = askedOf(checked(name, inputSchema, args), now());
        const { rows, more } = ask(name, asked);
        const span = QUESTIONS[name].takes.some((input) => input === 'span');
        return { ...(span ? { from: iso(asked.from), to: iso(asked.to) } : {}), rows, more };
      },
    };
  });
}

const iso = (at: number): string => new Date(at).toISOString();

function schemaOf(name: QuestionName): Tool['inputSchema'] {
  const takes: readonly string[] = QUESTIONS[name].takes;
  const { from, to, station, limit } = Arguments.properties;
  const properties: Record<string, TSchema> = { limit };
  if (takes.includes('span')) Object.assign(properties, { from, to });
  if (takes.includes('station')) Object.assign(properties, { station });
  // What has no default is what the question is about.
  if (takes.includes('part')) Object.assign(properties, { part: Type.String(PART) });
  return Type.Object(properties, { additionalProperties: false });
}

function checked(question: string, schema: TSchema, args: unknown): Given {
  const given = args ?? {};
  const [fault] = Value.Errors(schema, given);
  if (fault) {
    const where = fault.instancePath.slice(1).replaceAll('/', '.');
    throw new LinesideError('QUESTION_UNFIT', { question, why: `${where === '' ? 'it' : where} ${fault.message}`.slice(0, 200) });
  }
  return given as Given;
}

function askedOf({ from, to, station, part, limit = USUAL_ROWS }: Given, now: number): Asked {
  const until = momentOf('to', to) ?? now;
  return { from: momentOf('from', from) ?? until - DAY, to: until, station, part, limit };
}

function momentOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new LinesideError('QUESTION_UNFIT', { question: name, why: 'it is no time such as 2026-01-31T06:00:00Z' });
  return at;
}
