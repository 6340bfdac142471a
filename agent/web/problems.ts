/** Faults as answers: problem details (RFC 9457) with the code of the error table. */
import type { FastifyError, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { ConfigInvalid, viewOf } from '../config/faults.ts';
import type { Log } from '../contracts/index.ts';
import { type ErrorCode, LinesideError } from '../errors.ts';

/** A fault or a warning of a config. */
export const FaultSchema = Type.Object({
  line: Type.Integer({ minimum: 1 }),
  column: Type.Integer({ minimum: 1, description: 'In UTF-16 units, as editors count.' }),
  length: Type.Integer({ minimum: 1, description: 'Characters to underline.' }),
  code: Type.String({ description: 'Of docs/errors.md.' }),
  text: Type.String({ description: 'What was found and what is allowed.' }),
  next: Type.String({ description: 'What to do.' }),
});

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:lineside:error:<code>' }),
    title: Type.String({ description: 'What happened, in a sentence.' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.String({ description: 'Of docs/errors.md.' }),
    next: Type.String({ description: 'What to do now.' }),
    faults: Type.Optional(Type.Array(FaultSchema, { description: 'Of a config, where they stand.' })),
  },
  { $id: 'Problem', description: 'Why the request was not answered (RFC 9457).' },
);

const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  WEB_SIGN_IN_NEEDED: 401,
  WEB_SIGN_IN_REFUSED: 401,
  WEB_CODE_REFUSED: 401,
  WEB_FORBIDDEN: 403,
  WEB_FOREIGN: 403,
  WEB_INSECURE: 403,
  WEB_NOT_ALLOWED: 403,
  WEB_NO_PASSWORD: 403,
  WEB_SLOWED: 429,
  WEB_INVALID: 400,
  WEB_UNKNOWN: 404,
  WEB_BUSY: 503,
  USAGE: 400,
  COMMAND_INVALID: 400,
  COMMAND_REFUSED: 409,
  CONFIG_INVALID: 422,
  CONFIG_CHANGED: 412,
  CONFIG_READ_ONLY: 409,
  INTERNAL: 500,
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly next: string;
}

/** What the table does not name is no fault of whoever asked: it passes, or somebody has to mend it here. */
const statusOf = (fault: LinesideError): number => STATUS[fault.code] ?? (fault.category === 'config' ? 409 : 503);

export function problemOf(fault: LinesideError, status = statusOf(fault)): Problem {
  return { type: `urn:lineside:error:${fault.code}`, title: fault.sentence, status, code: fault.code, next: fault.next };
}

/** `more`: what belongs to this fault beside its sentence. */
export function sendProblem(reply: FastifyReply, fault: LinesideError, more: object = {}, status = statusOf(fault)): FastifyReply {
  const seconds = fault.details['seconds'];
  if (fault.code === 'WEB_SLOWED' && typeof seconds === 'number') reply.header('retry-after', String(seconds));
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ ...problemOf(fault, status), ...(fault instanceof ConfigInvalid ? { faults: fault.faults.map(viewOf) } : {}), ...more });
}

/** Whatever was thrown on the way to an answer. */
export function answerFault(thrown: Error | FastifyError, reply: FastifyReply, log: Log, more: object = {}): FastifyReply {
  if (thrown instanceof LinesideError && thrown.code !== 'INTERNAL') return sendProblem(reply, thrown, more);
  const status = 'statusCode' in thrown ? Number(thrown.statusCode ?? 500) : 500;
  // Fastify's own: a body that is no JSON, too long, of another type.
  if (status >= 400 && status < 500) return sendProblem(reply, new LinesideError('WEB_INVALID', { why: thrown.message }), {}, status);
  log.error({ why: thrown.message, stack: thrown.stack }, 'a request ended in a fault of the agent');
  // What is inside stays inside.
  return sendProblem(reply, new LinesideError('INTERNAL', { why: 'see the log of the agent' }));
}
