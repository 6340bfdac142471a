/** Questions at the terminal. Whoever ends one ends the command: nothing has been written then. */
import { autocomplete, confirm, isCancel, log, note, type Option, password, select, spinner, text } from '@clack/prompts';
import { LinesideError } from '../../errors.ts';

function answered<T>(given: T): Exclude<T, symbol> {
  if (isCancel(given)) throw new LinesideError('USAGE', { why: 'it was ended before the last question; no config was written' });
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

/** While `work` runs; then what it came to, in one line. */
export async function whileAsking<T>(
  what: string,
  work: Promise<T>,
  said: (done: T) => { readonly ok: boolean; readonly text: string },
): Promise<T> {
  const turning = spinner();
  turning.start(what);
  const done = await work;
  const { ok, text: told } = said(done);
  if (ok) turning.stop(told);
  else turning.error(told);
  return done;
}

export const tell = (message: string): void => log.info(message);
export const warn = (message: string): void => log.warn(message);
export const show = (title: string, message: string): void => note(message, title);
