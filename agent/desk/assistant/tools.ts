/** The assistant's tools: the questions of the journal with typed arguments, checked before anything is read. Pure but for `ask`. */
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { CasesWish, ReportQueryName, ReportRow, ShiftReport, SimilarCase } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { QUESTION_NAMES, QUESTIONS, type QuestionName } from '../../store/question-table.ts';
import type { Answer, Asked } from '../../store/questions.ts';
import type { Milliseconds } from '../../time.ts';

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: TSchema & { readonly type: 'object' };
  /** Throws, or rejects with, what the table of faults has; the answer is JSON. */
  call(args: unknown): object | Promise<object>;
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

/** What the tools read. Each may throw, or reject with, what the table of faults has. */
export interface Sources {
  readonly ask: (name: QuestionName, asked: Asked) => Answer;
  readonly cases: (wish: CasesWish) => Promise<readonly SimilarCase[]>;
  /** `shift`: last, now, or its id. Rejects where the config has no calendar. */
  readonly report: (shift: string) => Promise<ShiftReport>;
  readonly now: () => number;
}

export const toolsOf = (sources: Sources): readonly Tool[] => [...questionsOf(sources), casesTool(sources), reportTool(sources)];

const Cases = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 2000, description: 'What is seen now, in the words of the shop floor.' }),
    alarm: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Code of an alarm: what was written on it comes first.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, description: 'Cases, at most; default: 3.' })),
  },
  { additionalProperties: false },
);

const casesTool = ({ cases }: Sources): Tool => ({
  name: 'similar_cases',
  description: 'What was written by people and said by machines before that is most like a text (BM25). Names of people are not in it.',
  inputSchema: Cases,
  async call(args) {
    const { limit = 3, ...wish } = checked<Static<typeof Cases>>('similar_cases', Cases, args);
    return { cases: (await cases({ ...wish, limit })).map(({ at, ...one }) => ({ utc: iso(at), ...one })) };
  },
});

const ReportOf = Type.Object(
  {
    shift: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 160,
        description: 'last (the default), now, or the day on which it began and its name: 2026-12-01/early.',
      }),
    ),
  },
  { additionalProperties: false },
);
/** Rows of one table: an answer goes through the context of whoever asked. */
const MOST_OF_TABLE = 20;
/** What a report is worked out of, not what it says. */
const MATERIAL: ReadonlySet<ReportQueryName> = new Set(['reason_shifts', 'reason_hours', 'pictures', 'said']);

const reportTool = ({ report }: Sources): Tool => ({
  name: 'shift_report',
  description:
    'The report of a shift: what was made, yield beside the shifts before, what got worse and since when, worst reasons, holds, alarms, notes quoted, what the next shift must know. Figures and quotations of the journal alone; who said what is not in it.',
  inputSchema: ReportOf,
  async call(args) {
    const { shift = 'last' } = checked<Static<typeof ReportOf>>('shift_report', ReportOf, args);
    const made = await report(shift);
    const told = made.queries.filter(({ name }) => !MATERIAL.has(name));
    const tables = told.map(({ name, says, rows }) => [name, { says, rows: rows.slice(0, MOST_OF_TABLE).map(withoutWho) }] as const);
    const { id, from, to, over } = made.shift;
    return {
      shift: { id, from: iso(from), to: iso(to), over },
      zone: made.zone,
      complete: made.complete,
      worse: made.worse.slice(0, MOST_OF_TABLE),
      quotes: made.quotes.slice(0, MOST_OF_TABLE),
      tables: Object.fromEntries(tables),
    };
  },
});

const withoutWho = ({ who: _, ...row }: ReportRow): ReportRow => row;

function questionsOf({ ask, now }: Sources): readonly Tool[] {
  return QUESTION_NAMES.map((name) => {
    const inputSchema = schemaOf(name);
    return {
      name,
      description: `${QUESTIONS[name].asks} ${QUESTIONS[name].says}`,
      inputSchema,
      call(args) {
        const asked = askedOf(checked<Given>(name, inputSchema, args), now());
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

function checked<T>(question: string, schema: TSchema, args: unknown): T {
  const given = args ?? {};
  const [fault] = Value.Errors(schema, given);
  if (fault) {
    const where = fault.instancePath.slice(1).replaceAll('/', '.');
    throw new LinesideError('QUESTION_UNFIT', { question, why: `${where === '' ? 'it' : where} ${fault.message}`.slice(0, 200) });
  }
  return given as T;
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
