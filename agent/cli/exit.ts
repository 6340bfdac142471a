/** Exit codes, documented in docs/cli.md; a script may rely on them. */
import { LinesideError } from '../errors.ts';

export const EXIT = {
  ok: 0,
  /** Something failed while it ran. */
  fault: 1,
  /** The command line itself was wrong. */
  usage: 2,
  /** The config file has faults. */
  config: 3,
  /** A model package was refused. */
  model: 4,
  /** `check`: the config is right, but something it names does not answer. */
  unreachable: 5,
  /** Data to evaluate or compare on is missing or not as the protocol wants it. */
  data: 6,
  /** `models select`: nothing fits the deadline. */
  deadline: 7,
  /** `run`: a fault of the agent itself that nobody handled; recorded, what was under inspection answered. To be started again. */
  internal: 8,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(thrown: unknown): ExitCode {
  if (!(thrown instanceof LinesideError)) return EXIT.fault;
  if (thrown.code.startsWith('CONFIG_')) return EXIT.config;
  if (thrown.code.startsWith('MODEL_')) return EXIT.model;
  if (
    thrown.code.startsWith('DATA_') ||
    thrown.code === 'GAUGE_UNJUDGED' ||
    thrown.code === 'ORDERS_INVALID' ||
    thrown.code === 'SPC_TOO_LITTLE' ||
    thrown.code === 'TEXTS_UNFIT' ||
    thrown.code === 'MACHINE_UNUSABLE'
  )
    return EXIT.data;
  if (thrown.code === 'DEADLINE_TOO_SHORT') return EXIT.deadline;
  if (thrown.code === 'ASSISTANT_OFF') return EXIT.config;
  return thrown.code === 'USAGE' || thrown.code === 'QUESTION_UNFIT' ? EXIT.usage : EXIT.fault;
}
