/** Questions at the terminal. Whoever ends one ends the command, as a signal ends any other: no config has been written then. */
import { autocomplete, cancel, confirm, isCancel, log, note, type Option, password, select, text } from '@clack/prompts';
import { LinesideError } from '../../errors.ts';
import { every, systemClock } from '../../time.ts';

export const UNWRITTEN = 'No config was written.';

/** The signal that a shell expects of Ctrl-C ends the process; the fault is for where it is ignored. */
function ended(): LinesideError {
  cancel(UNWRITTEN);
  process.kill(process.pid, 'SIGINT');
  return new LinesideError('USAGE', { why: 'it was ended before the last question; no config was written' });
}

function answered<T>(given: T): Exclude<T, symbol> {
  if (isCancel(given)) throw ended();
  return given as Exclude<T, symbol>;
}

export interface Wish {
  readonly initial?: string;
  readonly example?: string;
  /** Why it cannot be taken. */
  readonly check?: (given: string) => string | undefined;
}

export async function askText(message: string, { initial, example, check }: Wish = {}): Promise<string> {
  const given = await text({
    message,
    ...(initial === undefined ? {} : { initialValue: initial }),
    ...(example === undefined ? {} : { placeholder: example }),
    validate: (typed) => check?.((typed ?? '').trim()),
  });
  return (answered(given) ?? '').trim();
}

/** Not shown. */
export const askSecret = async (message: string): Promise<string> =>
  answered(await password({ message, validate: (typed) => (typed ? undefined : 'Nothing was typed.') }));

export const askYes = async (message: string, initialValue: boolean): Promise<boolean> =>
  answered(await confirm({ message, initialValue }));

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}
const optionsOf = <Value extends string>(choices: readonly Choice<Value>[]) =>
  choices.map((choice) => ({ ...choice }) as unknown as Option<Value>);

export const askChoice = async <Value extends string>(
  message: string,
  choices: readonly Choice<Value>[],
  initial?: Value,
): Promise<Value> =>
  answered(
    await select<Value>({
      message,
      options: optionsOf(choices),
      maxItems: 10,
      ...(initial === undefined ? {} : { initialValue: initial }),
    }),
  );

/** From a list of any length, ten at a time: typing narrows it. */
export const askFromMany = async (message: string, choices: readonly Choice<string>[], initial: string): Promise<string> =>
  answered(
    await autocomplete<string>({
      message,
      options: optionsOf(choices),
      initialValue: initial,
      maxItems: 10,
      placeholder: 'type a piece of the name',
      filter: (search, { label, hint }) => `${label ?? ''} ${hint ?? ''}`.toLowerCase().includes(search.toLowerCase()),
    }),
  );

const CTRL_C = '\u0003';
const TURNS = ['◒', '◐', '◓', '◑'];
const TURNS_EVERY = 120;
const LINE_AGAIN = '\r\u001b[K';

/**
 * While `work` runs; then what it came to, in one line. What is typed meanwhile answers no question that comes after it; Ctrl-C and the signals
 * end the command as they end any other. (The library's own spinner ends it as if all were well, and swallows SIGTERM.)
 */
export async function whileAsking<T>(
  what: string,
  work: Promise<T>,
  said: (done: T) => { readonly ok: boolean; readonly text: string },
): Promise<T> {
  const { stdin, stdout } = process;
  let turns = 0;
  const turn = () => void stdout.write(`${LINE_AGAIN}${TURNS[turns++ % TURNS.length]}  ${what}`);
  turn();
  const stopTurning = every(systemClock, TURNS_EVERY, turn);
  let onKey = (_: Buffer) => {};
  const cancelled = new Promise<never>((_, reject) => {
    onKey = (typed) => {
      if (!typed.includes(CTRL_C)) return;
      stdout.write(LINE_AGAIN);
      reject(ended());
    };
  });
  stdin.setRawMode(true).on('data', onKey).resume();
  try {
    const done = await Promise.race([work, cancelled]);
    const { ok, text: told } = said(done);
    stdout.write(LINE_AGAIN);
    if (ok) log.success(told);
    else log.error(told);
    return done;
  } finally {
    stopTurning();
    stdin.off('data', onKey).pause().setRawMode(false);
  }
}

export const tell = (message: string): void => log.info(message);
export const warn = (message: string): void => log.warn(message);
export const show = (title: string, message: string): void => note(message, title);
